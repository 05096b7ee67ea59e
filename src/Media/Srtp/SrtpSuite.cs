using System.Diagnostics.CodeAnalysis;

namespace UnifiedMsg.Media.Srtp;

/// <summary>A crypto suite of SRTP: how packets are encrypted and authenticated, and with how much key.</summary>
public sealed class SrtpSuite
{
    private SrtpSuite(string name, int keyLength, int rtpTagLength, ushort? dtlsProfile, bool isAead = false)
    {
        (Name, KeyLength, RtpTagLength, DtlsProfile, IsAead) = (name, keyLength, rtpTagLength, dtlsProfile, isAead);
        // RFC 3711 §8.2: 112 bits of salt; RFC 7714 §8.1: 96 bits.
        SaltLength = isAead ? 12 : 14;
        // RFC 4568 §6.2.2: the 32 bits are those of SRTP; a report has 80, since a forged one may end a call.
        RtcpTagLength = isAead ? 16 : 10;
    }

    /// <summary>AES-128 in counter mode, 80 bits of HMAC-SHA1 (RFC 4568 §6.2.1): what every peer has.</summary>
    public static SrtpSuite AesCm128HmacSha1Tag80 { get; } = new("AES_CM_128_HMAC_SHA1_80", 16, 10, 0x0001);

    /// <summary>The same with 32 bits of authentication for RTP (RFC 4568 §6.2.2).</summary>
    public static SrtpSuite AesCm128HmacSha1Tag32 { get; } = new("AES_CM_128_HMAC_SHA1_32", 16, 4, 0x0002);

    /// <summary>AES-192 in counter mode (RFC 6188 §4).</summary>
    public static SrtpSuite AesCm192HmacSha1Tag80 { get; } = new("AES_192_CM_HMAC_SHA1_80", 24, 10, null);

    /// <summary>AES-192 in counter mode, 32 bits of authentication for RTP (RFC 6188 §4).</summary>
    public static SrtpSuite AesCm192HmacSha1Tag32 { get; } = new("AES_192_CM_HMAC_SHA1_32", 24, 4, null);

    /// <summary>AES-256 in counter mode (RFC 6188 §4).</summary>
    public static SrtpSuite AesCm256HmacSha1Tag80 { get; } = new("AES_256_CM_HMAC_SHA1_80", 32, 10, null);

    /// <summary>AES-256 in counter mode, 32 bits of authentication for RTP (RFC 6188 §4).</summary>
    public static SrtpSuite AesCm256HmacSha1Tag32 { get; } = new("AES_256_CM_HMAC_SHA1_32", 32, 4, null);

    /// <summary>AES-128 in Galois/counter mode (RFC 7714 §14.1).</summary>
    public static SrtpSuite AeadAes128Gcm { get; } = new("AEAD_AES_128_GCM", 16, 16, 0x0007, isAead: true);

    /// <summary>AES-256 in Galois/counter mode (RFC 7714 §14.1).</summary>
    public static SrtpSuite AeadAes256Gcm { get; } = new("AEAD_AES_256_GCM", 32, 16, 0x0008, isAead: true);

    /// <summary>All suites that are taken when a peer offers them. In an answer the order of the offer decides.</summary>
    public static IReadOnlyList<SrtpSuite> All { get; } =
    [
        AeadAes256Gcm, AeadAes128Gcm, AesCm256HmacSha1Tag80, AesCm192HmacSha1Tag80, AesCm128HmacSha1Tag80,
        AesCm256HmacSha1Tag32, AesCm192HmacSha1Tag32, AesCm128HmacSha1Tag32,
    ];

    /// <summary>
    /// What an offer of ours has, the best first. Not all of them: each line takes some 100 octets, and an INVITE over UDP must stay below
    /// 1,300 (RFC 3261 §18.1.1).
    /// </summary>
    public static IReadOnlyList<SrtpSuite> Offered { get; } = [AeadAes256Gcm, AesCm256HmacSha1Tag80, AesCm128HmacSha1Tag80, AesCm128HmacSha1Tag32];

    /// <summary>The name in <c>a=crypto</c>.</summary>
    public string Name { get; }

    /// <summary>The length of the master key and of the session key, in octets.</summary>
    public int KeyLength { get; }

    /// <summary>The length of the salt, in octets.</summary>
    public int SaltLength { get; }

    /// <summary>By how much a protected RTP packet is longer, in octets.</summary>
    public int RtpTagLength { get; }

    /// <summary>The octets of authentication in an RTCP packet; the index takes four more.</summary>
    public int RtcpTagLength { get; }

    /// <summary>The number of the protection profile in DTLS (RFC 5764 §4.1.2, RFC 7714 §14.2); null when it has none.</summary>
    public ushort? DtlsProfile { get; }

    internal bool IsAead { get; }

    /// <summary>The suite of a name in <c>a=crypto</c>.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out SrtpSuite? suite)
    {
        suite = All.FirstOrDefault(known => known.Name == name);
        return suite is not null;
    }

    /// <summary>The suite of a protection profile in DTLS.</summary>
    public static bool TryFind(int dtlsProfile, [NotNullWhen(true)] out SrtpSuite? suite)
    {
        suite = All.FirstOrDefault(known => known.DtlsProfile == dtlsProfile);
        return suite is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
