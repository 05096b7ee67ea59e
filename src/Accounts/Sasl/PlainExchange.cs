using System.Text;

namespace UnifiedMsg.Accounts.Sasl;

/// <summary>PLAIN. RFC 4616 §2: <c>message = [authzid] UTF8NUL authcid UTF8NUL passwd</c></summary>
internal sealed class PlainExchange(SaslServer server, SaslPeer peer) : ISaslExchange
{
    public const string Name = "PLAIN";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private bool _asked;

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken = default)
    {
        if (response is null)
        {
            if (_asked)
                return new SaslStep.Failure(SaslFailure.Malformed);
            _asked = true;
            return new SaslStep.Challenge([]);
        }
        if (!TryParse(response.Value.Span, out string actFor, out string name, out string password))
            return new SaslStep.Failure(SaslFailure.Malformed);
        if (actFor.Length > 0 && AddressSyntax.Normalize(actFor) != AddressSyntax.Normalize(name))
            return new SaslStep.Failure(SaslFailure.NotAuthorized);
        return await server.LogInAsync(name, password, peer, cancellationToken);
    }

    internal static bool TryParse(ReadOnlySpan<byte> message, out string actFor, out string name, out string password)
    {
        actFor = name = password = "";
        int first = message.IndexOf((byte)0);
        int second = first < 0 ? -1 : message[(first + 1)..].IndexOf((byte)0);
        if (second <= 0)
            return false;
        ReadOnlySpan<byte> secret = message[(first + second + 2)..];
        if (secret.IsEmpty || secret.Contains((byte)0))
            return false;
        try
        {
            actFor = Utf8.GetString(message[..first]);
            name = Utf8.GetString(message.Slice(first + 1, second));
            password = Utf8.GetString(secret);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
