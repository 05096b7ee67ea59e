using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Digest;

/// <summary>
/// Answers challenges (RFC 7616 §3.4, RFC 8760, RFC 3261 §22): one object for the attempts of one request, or for all requests of a
/// registration, one after the other; then a nonce is used again until the server gives another.
/// </summary>
internal sealed class DigestClient(SipCredentials credentials)
{
    /// <summary>Realms on one way: our own proxy's, a provider's, and those of a forked request. A server can't make us remember more.</summary>
    private const int MaxRealms = 8;

    private readonly List<Realm> _realms = [];

    /// <summary>Null when there are no credentials.</summary>
    public static DigestClient? Of(SipCredentials? credentials) => credentials is null ? null : new DigestClient(credentials);

    /// <summary>Begins a request: what was asked for earlier is answered before it is asked for again.</summary>
    public void Begin(SipRequest request)
    {
        foreach (var realm in _realms)
            realm.WasChallenged = false;
        WriteAnswers(request);
    }

    /// <summary>
    /// Adds the answers to the challenges of a 401 or 407. False when there is none that we can answer, when our answer was refused and
    /// not for being stale (then the password is wrong, and saying it again would lock the account), and when the server now asks for a
    /// weaker algorithm than before, which is what somebody between would do.
    /// </summary>
    public bool TryAuthorize(SipRequest request, SipResponse response)
    {
        if (!TryTake(response))
            return false;
        WriteAnswers(request);
        return true;
    }

    /// <summary>The same, for a request that is still to be made: <see cref="WriteAnswers"/> adds the answers to it.</summary>
    public bool TryTake(SipResponse response)
    {
        var proxy = response.Status == 407;
        var challenges = Choose(response.Headers.Lines(proxy ? SipHeaderNames.ProxyAuthenticate : SipHeaderNames.WwwAuthenticate));
        if (challenges.Count == 0)
            return false;
        foreach (var challenge in challenges)
        {
            if (!TryTake(challenge, proxy))
                return false;
        }
        return true;
    }

    /// <summary>Adds the answers to all that was asked for up to now.</summary>
    public void WriteAnswers(SipRequest request)
    {
        if (_realms.Count == 0)
            return;
        request.Headers.Remove(SipHeaderNames.Authorization);
        request.Headers.Remove(SipHeaderNames.ProxyAuthorization);
        foreach (var realm in _realms)
        {
            request.Headers.Add(realm.IsProxy ? SipHeaderNames.ProxyAuthorization : SipHeaderNames.Authorization,
                Answer(realm.Challenge, credentials, request, ++realm.Count, realm.ClientNonce));
        }
    }

    /// <summary>
    /// Reads Authentication-Info of a final response: the next nonce, and the proof that the server knows the password. False when the
    /// proof is wrong; there need not be one (RFC 7616 §3.5).
    /// </summary>
    public bool Accepts(SipRequest request, SipResponse response)
    {
        foreach (var realm in _realms)
        {
            var text = response.Headers[realm.IsProxy ? SipHeaderNames.ProxyAuthenticationInfo : SipHeaderNames.AuthenticationInfo];
            if (text is null || DigestParameters.Read(text) is not { } values)
                continue;
            // One header for all realms of a kind: what names another nonce count is not about this one.
            if (values.TryGetValue("rspauth", out var proof) && IsAbout(values, realm) && !IsProof(realm, proof, request, response))
                return false;
            if (values.TryGetValue("nextnonce", out var next))
                realm.Renew(realm.Challenge with { Nonce = next });
        }
        return true;
    }

    /// <summary>The header value that answers a challenge.</summary>
    internal static string Answer(DigestChallenge challenge, SipCredentials credentials, SipRequest request, uint count, string clientNonce)
    {
        var use = new DigestUse(challenge.Algorithm, challenge.Nonce, count, clientNonce, challenge.Qop);
        var uri = request.Uri.ToString();
        var response = DigestHash.Response(use, Secret(challenge, credentials), request.Method, uri, request.Body.Span);
        var text = new StringBuilder("Digest username=").Append(SipGrammar.Quote(credentials.UserName))
            .Append(", realm=").Append(SipGrammar.Quote(challenge.Realm))
            .Append(", nonce=").Append(SipGrammar.Quote(challenge.Nonce))
            .Append(", uri=").Append(SipGrammar.Quote(uri))
            .Append(", response=\"").Append(response).Append("\", algorithm=").Append(DigestHash.NameOf(challenge.Algorithm));
        if (challenge.Qop != DigestQop.None)
            text.Append($", qop={DigestHash.NameOf(challenge.Qop)}, nc={count:x8}, cnonce=\"{clientNonce}\"");
        if (challenge.Opaque is { } opaque)
            text.Append(", opaque=").Append(SipGrammar.Quote(opaque));
        return text.ToString();
    }

    private static byte[] Secret(DigestChallenge challenge, SipCredentials credentials) =>
        DigestHash.Secret(challenge.Algorithm, credentials.UserName, challenge.Realm, credentials.Password);

    // Each realm is answered once, by the strongest algorithm that it offers; among equals the topmost is the one that the server
    // likes best (RFC 8760 §2.4).
    private List<DigestChallenge> Choose(IEnumerable<string> lines)
    {
        var best = new List<DigestChallenge>(1);
        foreach (var line in lines)
        {
            if (!DigestChallenge.TryParse(line, out var challenge) || (credentials.Realm is not null && credentials.Realm != challenge.Realm))
                continue;
            var at = best.FindIndex(known => known.Realm == challenge.Realm);
            if (at < 0)
                best.Add(challenge);
            else if (challenge.Algorithm > best[at].Algorithm)
                best[at] = challenge;
        }
        return best;
    }

    private bool TryTake(DigestChallenge challenge, bool proxy)
    {
        var realm = _realms.Find(known => known.IsProxy == proxy && known.Challenge.Realm == challenge.Realm);
        if (realm is null)
        {
            if (_realms.Count == MaxRealms)
                return false;
            _realms.Add(new Realm(challenge, proxy) { WasChallenged = true });
            return true;
        }
        if (realm.WasChallenged && (!challenge.IsStale || challenge.Nonce == realm.Challenge.Nonce))
            return false;
        if (challenge.Algorithm < realm.Challenge.Algorithm)
            return false;
        realm.Renew(challenge);
        realm.WasChallenged = true;
        return true;
    }

    private static bool IsAbout(Dictionary<string, string> values, Realm realm) =>
        !values.TryGetValue("cnonce", out var clientNonce) || clientNonce == realm.ClientNonce;

    private bool IsProof(Realm realm, string proof, SipRequest request, SipResponse response)
    {
        var use = new DigestUse(realm.Challenge.Algorithm, realm.Challenge.Nonce, realm.Count, realm.ClientNonce, realm.Challenge.Qop);
        var right = DigestHash.Response(use, Secret(realm.Challenge, credentials), "", request.Uri.ToString(), response.Body.Span);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(right), Encoding.UTF8.GetBytes(proof.ToLowerInvariant()));
    }

    /// <summary>Whose users are asked for, and how far its nonce is used.</summary>
    private sealed class Realm(DigestChallenge challenge, bool isProxy)
    {
        public DigestChallenge Challenge { get; private set; } = challenge;

        public bool IsProxy { get; } = isProxy;

        public uint Count { get; set; }

        public string ClientNonce { get; private set; } = NewNonce();

        /// <summary>Whether it was asked for while the present request was sent.</summary>
        public bool WasChallenged { get; set; }

        public void Renew(DigestChallenge challenge)
        {
            Challenge = challenge;
            Count = 0;
            ClientNonce = NewNonce();
        }

        private static string NewNonce() => RandomNumberGenerator.GetHexString(16, lowercase: true);
    }
}
