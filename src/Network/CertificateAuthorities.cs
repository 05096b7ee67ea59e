using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Network;

/// <summary>Certificates that others' certificates must lead to.</summary>
public static class CertificateAuthorities
{
    /// <summary>Reads a PEM file with one certificate or several; a self-signed certificate may stand there for itself.</summary>
    /// <exception cref="CertificateException">The file is missing, unreadable or holds no certificate.</exception>
    public static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{file}: can't be read: {e.Message}", e);
        }
        catch (CryptographicException e)
        {
            throw new CertificateException($"{file}: not certificates in PEM: {e.Message}", e);
        }
        return authorities.Count > 0
            ? authorities
            : throw new CertificateException($"{file}: there is no certificate in it (expected '-----BEGIN CERTIFICATE-----')");
    }

    /// <summary>The rules of a chain that leads to <paramref name="authorities"/>, or to those whom the machine trusts. Nothing is fetched
    /// from the network meanwhile.</summary>
    public static X509ChainPolicy PolicyFor(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }
        return policy;
    }
}
