using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Certificate = Org.BouncyCastle.Tls.Certificate;

namespace UnifiedMsg.Media.Dtls;

/// <summary>
/// The certificate that we show in handshakes: self-signed, made anew by each process, since its fingerprint in the signalling is all that
/// anybody checks (RFC 5763 §5).
/// </summary>
internal sealed class DtlsIdentity
{
    // Nobody checks it, but a certificate has one.
    private static readonly TimeSpan Validity = TimeSpan.FromDays(365);

    private readonly byte[] _certificate;
    private readonly AsymmetricKeyParameter _key;

    public DtlsIdentity(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=unifiedmsg", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(-1), now + Validity);
        _certificate = certificate.Export(X509ContentType.Cert);
        _key = PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey());
        Fingerprint = CertificateFingerprint.Of(_certificate);
    }

    /// <summary>For <c>a=fingerprint</c>.</summary>
    public CertificateFingerprint Fingerprint { get; }

    /// <summary>Signs as us.</summary>
    public TlsCredentialedSigner Signer(TlsContext context, BcTlsCrypto crypto) => new BcDefaultTlsCredentialedSigner(
        new TlsCryptoParameters(context), crypto, _key, new Certificate([crypto.CreateCertificate(CertificateType.X509, _certificate)]),
        SignatureAndHashAlgorithm.GetInstance(Org.BouncyCastle.Tls.HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
}
