using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>Whose certificates are believed at the other server: those that the system trusts, and those of a file that the administrator gives.</summary>
internal sealed class ImapTrust
{
    private readonly X509Certificate2Collection _given = [];

    /// <summary>Reads the file.</summary>
    /// <exception cref="TransferException">There is no certificate in it.</exception>
    public ImapTrust(string? certificates)
    {
        if (certificates is null)
            return;
        try
        {
            _given.ImportFromPem(certificates);
        }
        catch (CryptographicException fault)
        {
            throw new TransferException($"the file of certificates can't be read: {fault.Message}", fault);
        }
        if (_given.Count == 0)
            throw new TransferException("there is no certificate in the file");
    }

    /// <summary>Whether the server is the one that was meant.</summary>
    public bool Accepts(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (certificate is null || _given.Count == 0)
            return false;
        // The very certificate: no name can say more.
        if (_given.Any(each => CryptographicOperations.FixedTimeEquals(each.RawData, certificate.GetRawCertData())))
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_given);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var shown = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(shown);
    }
}
