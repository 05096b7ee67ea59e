using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Dtls;

/// <summary>What both sides of a handshake do for SRTP (RFC 5764 §4): agree on a profile, check who the other is, take keys from it.</summary>
/// <param name="remote">Whose certificate the other side has to show.</param>
internal sealed class SrtpHandshake(CertificateFingerprint remote)
{
    // RFC 5764 §4.2.
    private const string ExporterLabel = "EXTRACTOR-dtls_srtp";

    private static readonly byte[] NoMki = [];

    // In our order of preference.
    private static readonly SrtpSuite[] Suites = [.. SrtpSuite.All.Where(suite => suite.DtlsProfile is not null)];

    private SrtpSuite? _suite;

    /// <summary>All of ours, for the side that offers.</summary>
    public static UseSrtpData Offer() => new([.. Suites.Select(suite => (int)suite.DtlsProfile!)], NoMki);

    /// <summary>A handshake takes three flights; who does not end it in this time never will.</summary>
    public static int TimeoutMilliseconds => 15_000;

    /// <summary>The versions: 1.2 alone. 1.0 is deprecated (RFC 8996); of 1.3 the library has none.</summary>
    public static ProtocolVersion[] Versions => ProtocolVersion.DTLSv12.Only();

    /// <summary>With a certificate on a curve and forward secrecy, which is what browsers speak (RFC 8827 §6.5).</summary>
    public static int[] CipherSuites =>
    [
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>Chooses among what the client offered.</summary>
    /// <exception cref="TlsFatalAlert">It offered nothing that we have: without keys there is no call.</exception>
    public UseSrtpData Answer(IDictionary<int, byte[]>? clientExtensions)
    {
        var offered = clientExtensions is null ? null : TlsSrtpUtilities.GetUseSrtpExtension(clientExtensions);
        _suite = Suites.FirstOrDefault(suite => offered?.ProtectionProfiles.Contains((int)suite.DtlsProfile!) == true)
            ?? throw new TlsFatalAlert(AlertDescription.handshake_failure);
        // RFC 5764 §4.1.3: an MKI is repeated or refused; we refuse.
        return new UseSrtpData([(int)_suite.DtlsProfile!], NoMki);
    }

    /// <summary>Reads what the server chose.</summary>
    /// <exception cref="TlsFatalAlert">It chose nothing, or what we did not offer.</exception>
    public void Accept(IDictionary<int, byte[]>? serverExtensions)
    {
        var chosen = serverExtensions is null ? null : TlsSrtpUtilities.GetUseSrtpExtension(serverExtensions);
        if (chosen is not { ProtectionProfiles: [var profile], Mki.Length: 0 } || !SrtpSuite.TryFind(profile, out _suite))
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
    }

    /// <summary>Who the other side is, is what the signalling says (RFC 5763 §6.4).</summary>
    /// <exception cref="TlsFatalAlert">It showed no certificate or another.</exception>
    public void Verify(Certificate? shown)
    {
        if (shown is null || shown.IsEmpty || !remote.Matches(shown.GetCertificateAt(0).GetEncoded()))
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    /// <summary>The keys of the call (RFC 5764 §4.2): client key, server key, client salt, server salt.</summary>
    public SrtpKeys Export(TlsContext context)
    {
        var suite = _suite!;
        var (key, salt) = (suite.KeyLength, suite.SaltLength);
        var material = context.ExportKeyingMaterial(ExporterLabel, null, 2 * (key + salt));
        var client = Key(suite, material.AsSpan(0, key), material.AsSpan(2 * key, salt));
        var server = Key(suite, material.AsSpan(key, key), material.AsSpan(2 * key + salt, salt));
        CryptographicOperations.ZeroMemory(material);
        return context.IsServer ? new SrtpKeys(server, client) : new SrtpKeys(client, server);
    }

    private static SrtpKey Key(SrtpSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        Span<byte> both = stackalloc byte[key.Length + salt.Length];
        key.CopyTo(both);
        salt.CopyTo(both[key.Length..]);
        var made = SrtpKey.TryCreate(suite, both, out var result);
        CryptographicOperations.ZeroMemory(both);
        return made ? result! : throw new TlsFatalAlert(AlertDescription.internal_error);
    }
}
