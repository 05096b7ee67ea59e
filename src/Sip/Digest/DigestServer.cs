using System.Net;
using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Digest;

/// <summary>What came of a request's answer to a challenge.</summary>
/// <param name="User">Who proved to be whom; null when nobody did.</param>
/// <param name="IsStale">Whether the password was right and only the nonce was not.</param>
/// <param name="Info">What Authentication-Info of the response says.</param>
/// <param name="IsWrong">Whether it was a wrong answer to a challenge that we had sent to this very address.</param>
internal readonly record struct DigestVerdict(string? User, bool IsStale, string? Info, bool IsWrong = false);

/// <summary>Asks for passwords and checks them (RFC 7616 §3.3 and §3.4, RFC 8760, RFC 3261 §22.2).</summary>
internal sealed class DigestServer(SipAuthentication options, IReadOnlyList<IPNetwork> trusted, TimeProvider time)
{
    private readonly NonceBook _nonces = new(options.NonceLifetime, options.MaxNonces, time);

    // Stands in for the secret of a user whom nobody knows, so that the same sums are made for everybody.
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    /// <summary>Whether this request is served for its proved sender only.</summary>
    public bool IsNeededFor(ServerTransaction transaction)
    {
        var method = transaction.Request.Method;
        return method == SipMethods.Register
            || (options.Methods.Contains(method) && !Calls.CallPartiesReader.IsTrusted(transaction.Flow.Remote.Address, trusted));
    }

    /// <summary>Checks the answer that a request carries. Unknown users, wrong passwords and missing answers look the same.</summary>
    public async ValueTask<DigestVerdict> VerifyAsync(SipRequest request, IPAddress client, CancellationToken cancellationToken)
    {
        if (Find(request) is not { } answer)
            return default;
        var found = await options.Credentials.FindAsync(answer.User, options.Realm, answer.Use.Algorithm, cancellationToken);
        var right = DigestHash.Response(answer.Use, found ?? _nobody, request.Method, answer.Uri, request.Body.Span);
        var proved = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(right), Encoding.UTF8.GetBytes(answer.Response.ToLowerInvariant()));
        if (!proved || found is null || !IsFor(request.Uri, answer.Uri))
            return new DigestVerdict(null, false, null, _nonces.IsOurs(answer.Use.Nonce, client));
        return _nonces.TryUse(answer.Use.Nonce, client, answer.Use.ClientNonce, answer.Use.Count)
            ? new DigestVerdict(answer.User, false, Info(answer, found, client))
            : new DigestVerdict(null, true, null);
    }

    /// <summary>The 401, with a challenge for each algorithm (RFC 8760 §2.4).</summary>
    public SipResponse Challenge(SipRequest request, IPAddress client, string tag, bool stale)
    {
        var response = request.CreateResponse(401, null, tag);
        foreach (var algorithm in options.Algorithms)
        {
            response.Headers.Add(SipHeaderNames.WwwAuthenticate,
                $"Digest realm={SipGrammar.Quote(options.Realm)}, nonce=\"{_nonces.Issue(client)}\", algorithm={DigestHash.NameOf(algorithm)}, "
                + $"qop=\"auth\"{(stale ? ", stale=true" : "")}");
        }
        return response;
    }

    // auth-int was not offered. Without qop, as RFC 2069 has it, a nonce serves once, since its count never rises.
    private DigestAuthorization? Find(SipRequest request)
    {
        foreach (var line in request.Headers.Lines(SipHeaderNames.Authorization))
        {
            if (DigestAuthorization.TryParse(line, out var answer) && answer.Realm == options.Realm && answer.Use.Qop != DigestQop.AuthInt
                && options.Algorithms.Contains(answer.Use.Algorithm))
                return answer;
        }
        return null;
    }

    // RFC 7616 §3.4.6: the proof is for this URI, not for another that somebody put before it.
    private static bool IsFor(SipUri target, string uri) => SipUri.TryParse(uri, out var proved) && proved.IsSameAs(target);

    // RFC 7616 §3.5: we know the password too. A new nonce comes in time, so that no request has to be sent twice for its age.
    private string Info(DigestAuthorization answer, byte[] secret, IPAddress client)
    {
        var text = new StringBuilder();
        if (answer.Use.Qop != DigestQop.None)
        {
            text.Append("rspauth=\"").Append(DigestHash.Response(answer.Use, secret, "", answer.Uri, default))
                .Append("\", qop=auth, nc=").Append(answer.Use.Count.ToString("x8"))
                .Append(", cnonce=").Append(SipGrammar.Quote(answer.Use.ClientNonce));
        }
        if (_nonces.IsAging(answer.Use.Nonce, client))
            text.Append(text.Length > 0 ? ", " : "").Append("nextnonce=\"").Append(_nonces.Issue(client)).Append('"');
        return text.ToString();
    }
}
