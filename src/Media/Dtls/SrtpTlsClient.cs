using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Dtls;

/// <summary>Our side of a handshake that we begin.</summary>
internal sealed class SrtpTlsClient(DtlsIdentity identity, CertificateFingerprint remote) : AbstractTlsClient(new BcTlsCrypto()), TlsAuthentication
{
    private readonly SrtpHandshake _srtp = new(remote);

    /// <summary>The keys of the call, once the handshake is over.</summary>
    public SrtpKeys? Keys { get; private set; }

    public override int GetHandshakeTimeoutMillis() => SrtpHandshake.TimeoutMilliseconds;

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = base.GetClientExtensions() ?? new Dictionary<int, byte[]>();
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, SrtpHandshake.Offer());
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]> serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);
        _srtp.Accept(serverExtensions);
    }

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => _srtp.Verify(serverCertificate.Certificate);

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => identity.Signer(m_context, (BcTlsCrypto)Crypto);

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Keys = _srtp.Export(m_context);
    }

    protected override ProtocolVersion[] GetSupportedVersions() => SrtpHandshake.Versions;

    protected override int[] GetSupportedCipherSuites() => SrtpHandshake.CipherSuites;
}
