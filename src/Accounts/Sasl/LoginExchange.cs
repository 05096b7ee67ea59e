using System.Text;

namespace UnifiedMsg.Accounts.Sasl;

/// <summary>LOGIN, which no RFC defines, as Outlook and others use it: the server asks for the name, then for the password. A client may
/// send the name along with the command.</summary>
internal sealed class LoginExchange(SaslServer server, SaslPeer peer) : ISaslExchange
{
    public const string Name = "LOGIN";

    private string? _name;
    private bool _asked;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken = default)
    {
        if (response is null)
        {
            if (_asked)
                return new SaslStep.Failure(SaslFailure.Malformed);
            _asked = true;
            return new SaslStep.Challenge("Username:"u8.ToArray());
        }
        string text = Encoding.UTF8.GetString(response.Value.Span);
        if (text.Length == 0)
            return new SaslStep.Failure(SaslFailure.Malformed);
        if (_name is null)
        {
            _asked = true;
            _name = text;
            return new SaslStep.Challenge("Password:"u8.ToArray());
        }
        return await server.LogInAsync(_name, text, peer, cancellationToken);
    }
}
