using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Digest;

/// <summary>Answers challenges (RFC 7616 §3.4, RFC 8760): one object for the attempts of one request.</summary>
internal sealed class DigestClient(SipCredentials credentials)
{
    private string? _refusedNonce;

    /// <summary>
    /// Adds the answer to the challenge of a 401 or 407. False when there is none that we can answer, or when our answer to it was
    /// refused and not for being stale: then the password is wrong, and saying it again would lock the account.
    /// </summary>
    public bool TryAuthorize(SipRequest request, SipResponse response)
    {
        var proxy = response.Status == 407;
        var name = proxy ? SipHeaderNames.ProxyAuthenticate : SipHeaderNames.WwwAuthenticate;
        if (Choose(response.Headers.Lines(name)) is not { } challenge)
            return false;
        if (_refusedNonce is not null && !challenge.IsStale)
            return false;
        if (_refusedNonce == challenge.Nonce)
            return false;
        _refusedNonce = challenge.Nonce;
        request.Headers[proxy ? SipHeaderNames.ProxyAuthorization : SipHeaderNames.Authorization] =
            Answer(challenge, credentials, request.Method, request.Uri.ToString(), RandomNumberGenerator.GetHexString(16, lowercase: true));
        return true;
    }

    /// <summary>The header value that answers a challenge.</summary>
    internal static string Answer(DigestChallenge challenge, SipCredentials credentials, string method, string uri, string cnonce)
    {
        var hash = (string text) => Hash(challenge.Algorithm, text);
        var ha1 = hash($"{credentials.UserName}:{challenge.Realm}:{credentials.Password}");
        var ha2 = hash($"{method}:{uri}");
        var response = challenge.OffersQop
            ? hash($"{ha1}:{challenge.Nonce}:00000001:{cnonce}:auth:{ha2}")
            : hash($"{ha1}:{challenge.Nonce}:{ha2}"); // RFC 2069, still spoken by some
        var text = new StringBuilder("Digest username=").Append(SipGrammar.Quote(credentials.UserName))
            .Append(", realm=").Append(SipGrammar.Quote(challenge.Realm))
            .Append(", nonce=").Append(SipGrammar.Quote(challenge.Nonce))
            .Append(", uri=").Append(SipGrammar.Quote(uri))
            .Append(", response=\"").Append(response).Append("\", algorithm=").Append(challenge.Algorithm);
        if (challenge.OffersQop)
            text.Append(", qop=auth, nc=00000001, cnonce=\"").Append(cnonce).Append('"');
        if (challenge.Opaque is { } opaque)
            text.Append(", opaque=").Append(SipGrammar.Quote(opaque));
        return text.ToString();
    }

    // RFC 8760 §2.4: the topmost challenge that we can answer is the one that the server likes best.
    private DigestChallenge? Choose(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (DigestChallenge.TryParse(line, out var challenge) && (credentials.Realm is null || credentials.Realm == challenge.Realm))
                return challenge;
        }
        return null;
    }

    private static string Hash(string algorithm, string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5351 // MD5 is what the protocol demands (RFC 3261 §22.4); SHA-256 is used wherever the server offers it first.
        return Convert.ToHexStringLower(algorithm == "SHA-256" ? SHA256.HashData(octets) : MD5.HashData(octets));
#pragma warning restore CA5351
    }
}
