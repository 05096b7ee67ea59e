using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Network;

/// <summary>Makes a certificate that works at once, until the administrator puts one in its place that clients trust.</summary>
public static class SelfSignedCertificate
{
    /// <summary>How long it is good for: some clients refuse leaf certificates with a longer life.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(825);

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a certificate for <paramref name="names"/> (host names or addresses) and its key, which only the owner may read.
    /// Existing files are never overwritten.</summary>
    /// <exception cref="IOException">One of the files exists or can't be written.</exception>
    public static async Task WriteAsync(
        string certificateFile, string keyFile, IReadOnlyList<string> names, TimeProvider time, CancellationToken cancellationToken = default)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Make(key, names, time);
        await WriteNewAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), Private, cancellationToken);
        await WriteNewAsync(certificateFile, certificate.ExportCertificatePem(), Public, cancellationToken);
    }

    private static X509Certificate2 Make(ECDsa key, IReadOnlyList<string> names, TimeProvider time)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(names[0]);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // serverAuth
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        // From yesterday, so that a client whose clock is slow takes it too.
        var from = time.GetUtcNow().AddDays(-1);
        return request.CreateSelfSigned(from, from + Lifetime);
    }

    private static async Task WriteNewAsync(string file, string text, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteLineAsync(text.AsMemory(), cancellationToken);
    }
}
