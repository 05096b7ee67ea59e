using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Identity;

/// <summary>The certificate of a signer, as far as it matters: its key, for which numbers, and why it can't be trusted if it can't.</summary>
internal sealed class Credential
{
    private readonly Lock _sync = new();
    private readonly ECDsa? _key;
    private readonly TnAuthorization? _numbers;
    private readonly string[] _hosts;

    private Credential(ECDsa? key, TnAuthorization? numbers, string[] hosts, DateTimeOffset expires, string? fault)
    {
        _key = key;
        _numbers = numbers;
        _hosts = hosts;
        Expires = expires;
        Fault = fault;
    }

    /// <summary>When the first certificate of its chain ends.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>Why it is not one that may sign anything; null when it is.</summary>
    public string? Fault { get; }

    /// <summary>Reads a chain in PEM or a certificate in DER and checks it up to an authority of the trust list (RFC 5280).</summary>
    public static Credential Read(byte[] content, IReadOnlyList<X509Certificate2> trust, DateTimeOffset now)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            if (content.AsSpan().IndexOf("-----BEGIN"u8) >= 0)
                certificates.ImportFromPem(Encoding.ASCII.GetString(content));
            else
                certificates.Add(X509CertificateLoader.LoadCertificate(content));
            return certificates.Count == 0 ? Bad("there is no certificate") : Read(certificates, trust, now);
        }
        catch (CryptographicException e)
        {
            return Bad($"the certificate can't be read: {e.Message}");
        }
        finally
        {
            foreach (var certificate in certificates)
                certificate.Dispose();
        }
    }

    /// <summary>Whether it may sign for the number (RFC 8226 §9), or for addresses of that host (RFC 8224 §7).</summary>
    public bool Covers(PassportParty party) => party.Kind == PassportParty.Number
        ? _numbers?.Covers(party.Value) == true
        : SipUri.TryParse(party.Value, out var uri) && _hosts.Contains(uri.Host, StringComparer.OrdinalIgnoreCase);

    /// <summary>ES256 over the signed part of a token.</summary>
    public bool Verifies(Passport passport)
    {
        lock (_sync)
        {
            return passport.Signature.Length == 64 && _key!.VerifyData(Encoding.ASCII.GetBytes(passport.Signed), passport.Signature,
                HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    private static Credential Read(X509Certificate2Collection certificates, IReadOnlyList<X509Certificate2> trust, DateTimeOffset now)
    {
        var leaf = certificates[0];
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trust.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        // Nothing else is fetched: the addresses in a certificate are a stranger's word, too.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        var trusted = chain.Build(leaf);
        var expires = chain.ChainElements.Select(e => new DateTimeOffset(e.Certificate.NotAfter)).DefaultIfEmpty(now).Min();
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        if (!trusted)
            return Bad($"{leaf.Subject}: {chain.ChainStatus.FirstOrDefault().StatusInformation}");
        if (leaf.GetECDsaPublicKey() is not { } key)
            return Bad($"{leaf.Subject}: the key is not of an elliptic curve");
        if (key.KeySize != 256)
        {
            key.Dispose();
            return Bad($"{leaf.Subject}: the key is not of the curve P-256");
        }
        var extension = leaf.Extensions.FirstOrDefault(e => e.Oid?.Value == TnAuthorization.Oid);
        var hosts = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames());
        return new Credential(key, extension is null ? null : TnAuthorization.Parse(extension.RawData), [.. hosts], expires, null);
    }

    private static Credential Bad(string fault) => new(null, null, [], default, fault);
}
