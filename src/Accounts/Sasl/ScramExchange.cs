using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Accounts.Credentials;

namespace UnifiedMsg.Accounts.Sasl;

/// <summary>SCRAM-SHA-256 without channel binding. RFC 5802, RFC 7677.</summary>
internal sealed class ScramExchange(SaslServer server, IAccounts accounts, SaslPeer peer, string? serverNonce = null) : ISaslExchange
{
    public const string Name = "SCRAM-SHA-256";

    private const int NonceOctets = 18;

    private State _state = State.Start;
    private ScramFirst? _first;
    private ScramVerifier? _verifier;
    private string _nonce = "";
    private string _serverFirst = "";
    private Account? _account;

    private enum State
    {
        Start,
        Asked,
        Challenged,
        Proved,
        Ended,
    }

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken = default)
    {
        switch (_state)
        {
            case State.Start when response is null:
                _state = State.Asked;
                return new SaslStep.Challenge([]);
            case State.Start or State.Asked when response is not null:
                return await ReadFirstAsync(response.Value, cancellationToken);
            case State.Challenged when response is not null:
                return await ReadFinalAsync(response.Value, cancellationToken);
            // RFC 5802 §5: the client answers the server's signature with nothing.
            case State.Proved when response is { IsEmpty: true }:
                _state = State.Ended;
                return server.Finish(_first!.Name, _account, peer);
            default:
                return Fail(SaslFailure.Malformed);
        }
    }

    private async ValueTask<SaslStep> ReadFirstAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (!ScramFirst.TryParse(message.Span, out _first))
            return Fail(SaslFailure.Malformed);
        if (_first.ActFor.Length > 0 && AddressSyntax.Normalize(_first.ActFor) != AddressSyntax.Normalize(_first.Name))
            return Fail(SaslFailure.NotAuthorized);
        if (server.IsLimited(_first.Name, peer))
            return Fail(SaslFailure.TooManyFailures);
        _verifier = await accounts.FindScramVerifierAsync(_first.Name, cancellationToken);
        _nonce = _first.Nonce + (serverNonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceOctets)));
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(_verifier.Salt)},i={_verifier.Iterations}";
        _state = State.Challenged;
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes(_serverFirst));
    }

    private async ValueTask<SaslStep> ReadFinalAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (!ScramFinal.TryParse(message.Span, out ScramFinal? final) || final.Nonce != _nonce || final.ChannelBinding != _first!.Header)
            return Fail(SaslFailure.Malformed);
        byte[] authMessage = Encoding.UTF8.GetBytes($"{_first.Bare},{_serverFirst},{final.WithoutProof}");
        _account = ScramKeys.IsProof(_verifier!, authMessage, final.Proof)
            ? await accounts.FindByAddressAsync(_first.Name, cancellationToken)
            : null;
        if (_account is null)
        {
            _state = State.Ended;
            return server.Finish(_first.Name, null, peer);
        }
        _state = State.Proved;
        string signature = Convert.ToBase64String(ScramKeys.ServerSignature(_verifier!, authMessage));
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes($"v={signature}"));
    }

    private SaslStep.Failure Fail(SaslFailure reason)
    {
        _state = State.Ended;
        return new SaslStep.Failure(reason);
    }
}
