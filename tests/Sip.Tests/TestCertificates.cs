using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Network;

namespace UnifiedMsg.Sip.Tests;

/// <summary>An authority of the test's own, and certificates from it.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-sip").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<CertificateSource> _sources = [];

    public TestCertificates()
    {
        var request = new CertificateRequest("CN=Authority of a test", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Authority { get; }

    /// <summary>Serves with a certificate for loopback, and trusts the authority.</summary>
    public SipTlsOptions Tls() => new()
    {
        Certificate = Source(Leaf(Loopback)),
        ServerAuthorities = [Authority],
        ClientAuthorities = [Authority],
    };

    public static void Loopback(SubjectAlternativeNameBuilder names)
    {
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
    }

    /// <summary>A certificate with these names, from the authority.</summary>
    public X509Certificate2 Leaf(Action<SubjectAlternativeNameBuilder>? names, string commonName = "leaf")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (names is not null)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            names(alternatives);
            request.CertificateExtensions.Add(alternatives.Build());
        }
        using var leaf = request.Create(Authority, Authority.NotBefore, Authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return leaf.CopyWithPrivateKey(key);
    }

    /// <summary>The same as files, as the product reads them.</summary>
    public CertificateSource Source(X509Certificate2 leaf)
    {
        var (certificate, key) = (Path.Combine(_folder, $"{_sources.Count}.pem"), Path.Combine(_folder, $"{_sources.Count}.key"));
        File.WriteAllText(certificate, leaf.ExportCertificatePem());
        File.WriteAllText(key, leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var source = new CertificateSource(certificate, key, NullLogger.Instance);
        _sources.Add(source);
        return source;
    }

    public void Dispose()
    {
        _sources.ForEach(source => source.Dispose());
        Authority.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
