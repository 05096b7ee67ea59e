using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Dtls;

/// <summary>Our side of a handshake that the other side begins.</summary>
internal sealed class SrtpTlsServer(DtlsIdentity identity, CertificateFingerprint remote) : DefaultTlsServer(new BcTlsCrypto())
{
    private readonly SrtpHandshake _srtp = new(remote);
    private UseSrtpData? _chosen;

    /// <summary>The keys of the call, once the handshake is over.</summary>
    public SrtpKeys? Keys { get; private set; }

    public override int GetHandshakeTimeoutMillis() => SrtpHandshake.TimeoutMilliseconds;

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        _chosen = _srtp.Answer(clientExtensions);
    }

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions() ?? new Dictionary<int, byte[]>();
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, _chosen);
        return extensions;
    }

    public override CertificateRequest GetCertificateRequest() => new(
        [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign], TlsUtilities.GetDefaultSupportedSignatureAlgorithms(m_context), null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => _srtp.Verify(clientCertificate);

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Keys = _srtp.Export(m_context);
    }

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() => identity.Signer(m_context, (BcTlsCrypto)Crypto);

    protected override ProtocolVersion[] GetSupportedVersions() => SrtpHandshake.Versions;

    protected override int[] GetSupportedCipherSuites() => SrtpHandshake.CipherSuites;
}
