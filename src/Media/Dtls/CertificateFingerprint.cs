using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Dtls;

/// <summary>The hash of a certificate (RFC 8122 §5), by which the signalling says whose it has to be.</summary>
/// <param name="Algorithm">Of the hash, as in <c>a=fingerprint</c>.</param>
/// <param name="Digits">The hash in upper-case hexadecimal digits.</param>
public sealed record CertificateFingerprint(string Algorithm, string Digits)
{
    private const string Preferred = "sha-256";

    /// <summary>Reads <c>hash-func 1*HEX *(":" HEX)</c>; false when it is malformed, or of a hash that is not taken: those before SHA-256.</summary>
    public static bool TryParse(string value, [NotNullWhen(true)] out CertificateFingerprint? fingerprint)
    {
        fingerprint = null;
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
            return false;
        var algorithm = value[..space].ToLowerInvariant();
        var octets = value[(space + 1)..].Split(':');
        if (octets.Length != Length(algorithm) || !octets.All(octet => octet.Length == 2 && octet.All(char.IsAsciiHexDigit)))
            return false;
        fingerprint = new CertificateFingerprint(algorithm, string.Concat(octets).ToUpperInvariant());
        return true;
    }

    /// <summary>That of a certificate of ours.</summary>
    public static CertificateFingerprint Of(byte[] certificate) => new(Preferred, Convert.ToHexString(SHA256.HashData(certificate)));

    /// <summary>True when it is that of a certificate, in DER.</summary>
    public bool Matches(byte[] certificate) => Convert.ToHexString(Hash(certificate)) == Digits;

    /// <inheritdoc/>
    public override string ToString() => $"{Algorithm} {string.Join(':', Digits.Chunk(2).Select(pair => new string(pair)))}";

    private static int Length(string algorithm) => algorithm switch
    {
        "sha-256" => SHA256.HashSizeInBytes,
        "sha-384" => SHA384.HashSizeInBytes,
        "sha-512" => SHA512.HashSizeInBytes,
        _ => -1,
    };

    private byte[] Hash(byte[] certificate) => Algorithm switch
    {
        "sha-384" => SHA384.HashData(certificate),
        "sha-512" => SHA512.HashData(certificate),
        _ => SHA256.HashData(certificate),
    };
}

/// <summary>What offer and answer say about the handshake of a call.</summary>
/// <param name="Remote">Whose certificate the other side has to show.</param>
/// <param name="IsClient">We begin the handshake: the other side is passive (RFC 5763 §5).</param>
public sealed record DtlsParameters(CertificateFingerprint Remote, bool IsClient);
