using System.Security.Cryptography;
using System.Text;

namespace UnifiedMsg.Sip.Digest;

/// <summary>The hash functions of digest authentication (RFC 7616 §6.1, RFC 8760 §2.1). A later one is stronger.</summary>
public enum DigestAlgorithm
{
    /// <summary>What RFC 3261 §22.4 demands and every phone knows.</summary>
    Md5,

    /// <summary>SHA-256.</summary>
    Sha256,
}

/// <summary>The sums that both sides make (RFC 7616 §3.4). All are in lower-case hex.</summary>
public static class DigestHash
{
    /// <summary>The user's secret: H(user:realm:password), RFC 7616 §3.4.2. Whoever has it can log in to this realm, and nowhere else.</summary>
    public static byte[] Secret(DigestAlgorithm algorithm, string user, string realm, string password) =>
        Hash(algorithm, Encoding.UTF8.GetBytes($"{user}:{realm}:{password}"));

    internal static string NameOf(DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Sha256 ? "SHA-256" : "MD5";

    // RFC 7616 §3.3: without the parameter it is MD5. The -sess forms are not spoken in SIP.
    internal static bool TryParse(string? name, out DigestAlgorithm algorithm)
    {
        algorithm = name?.Equals("SHA-256", StringComparison.OrdinalIgnoreCase) == true ? DigestAlgorithm.Sha256 : DigestAlgorithm.Md5;
        return name is null || algorithm == DigestAlgorithm.Sha256 || name.Equals("MD5", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The <c>response</c> of a request; with an empty method, the <c>rspauth</c> of its answer (RFC 7616 §3.5).</summary>
    /// <param name="use">Nonce, count and quality of protection.</param>
    /// <param name="secret">Of the user.</param>
    /// <param name="method">The method, or nothing.</param>
    /// <param name="uri">The digest URI.</param>
    /// <param name="body">Protected by <c>auth-int</c>.</param>
    internal static string Response(DigestUse use, ReadOnlySpan<byte> secret, string method, string uri, ReadOnlySpan<byte> body)
    {
        var protectedBody = use.Qop == DigestQop.AuthInt ? ":" + Convert.ToHexStringLower(Hash(use.Algorithm, body)) : "";
        var what = Hex(use.Algorithm, $"{method}:{uri}{protectedBody}");
        var who = Convert.ToHexStringLower(secret);
        return use.Qop == DigestQop.None
            ? Hex(use.Algorithm, $"{who}:{use.Nonce}:{what}") // RFC 2069, still spoken by some
            : Hex(use.Algorithm, $"{who}:{use.Nonce}:{use.Count:x8}:{use.ClientNonce}:{NameOf(use.Qop)}:{what}");
    }

    internal static string NameOf(DigestQop qop) => qop == DigestQop.AuthInt ? "auth-int" : "auth";

    private static string Hex(DigestAlgorithm algorithm, string text) => Convert.ToHexStringLower(Hash(algorithm, Encoding.UTF8.GetBytes(text)));

#pragma warning disable CA5351 // MD5 is what the protocol demands (RFC 3261 §22.4); SHA-256 is used wherever both sides have it.
    private static byte[] Hash(DigestAlgorithm algorithm, ReadOnlySpan<byte> octets) =>
        algorithm == DigestAlgorithm.Sha256 ? SHA256.HashData(octets) : MD5.HashData(octets);
#pragma warning restore CA5351
}

/// <summary>The quality of protection (RFC 7616 §3.3).</summary>
public enum DigestQop
{
    /// <summary>That of RFC 2069: neither count nor client nonce.</summary>
    None,

    /// <summary>Method and URI are protected.</summary>
    Auth,

    /// <summary>The body too.</summary>
    AuthInt,
}

/// <summary>One use of a nonce.</summary>
internal readonly record struct DigestUse(DigestAlgorithm Algorithm, string Nonce, uint Count, string ClientNonce, DigestQop Qop);
