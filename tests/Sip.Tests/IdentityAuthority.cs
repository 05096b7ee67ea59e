using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UnifiedMsg.Sip.Identity;

namespace UnifiedMsg.Sip.Tests;

/// <summary>An authority of ours, the certificates that it gives out, and tokens signed with them.</summary>
internal sealed class IdentityAuthority : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public IdentityAuthority()
    {
        var request = new CertificateRequest("CN=Test STI-CA", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
    }

    public X509Certificate2 Root { get; }

    /// <summary>A certificate for those numbers, in PEM, with the root behind it.</summary>
    public byte[] Issue(byte[]? tnAuthList, int from = -1, int to = 1, AsymmetricAlgorithm? key = null, string? host = null)
    {
        var request = (key ?? _key) switch
        {
            RSA rsa => new CertificateRequest("CN=SHAKEN 709J", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ECDsa other => new CertificateRequest("CN=SHAKEN 709J", other, HashAlgorithmName.SHA256),
            _ => throw new NotSupportedException(),
        };
        if (tnAuthList is not null)
            request.CertificateExtensions.Add(new X509Extension(TnAuthorization.Oid, tnAuthList, critical: false));
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }
        using var leaf = request.Create(Root.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey),
            DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(to), RandomNumberGenerator.GetBytes(8));
        return Encoding.ASCII.GetBytes(leaf.ExportCertificatePem() + "\n" + Root.ExportCertificatePem() + "\n");
    }

    /// <summary>A TNAuthList of a provider, of numbers, or of both (RFC 8226 §9).</summary>
    public static byte[] TnAuthList(string? provider = null, string? one = null, (string Start, int Count)? range = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (provider is not null)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, provider);
            }
            if (range is { } numbers)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                using (writer.PushSequence())
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, numbers.Start);
                    writer.WriteInteger(numbers.Count);
                }
            }
            if (one is not null)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, one);
            }
        }
        return writer.Encode();
    }

    /// <summary>The token over header and claims as they are.</summary>
    public string Sign(string header, string claims)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose()
    {
        Root.Dispose();
        _rootKey.Dispose();
        _key.Dispose();
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
