using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Which SIP domains a certificate speaks for (RFC 5922 §7).</summary>
internal static class DomainCertificates
{
    private const string SubjectAlternativeName = "2.5.29.17";

    // RFC 5280 §4.2.1.6: GeneralName, choices 2, 6 and 7.
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag UniformResourceIdentifier = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag IPAddressName = new(TagClass.ContextSpecific, 7);

    /// <summary>How we connect to a TLS server: who it must be, and who we are.</summary>
    public static SslClientAuthenticationOptions ClientOptions(SipTlsOptions options, SipTarget target)
    {
        var name = (target.Name ?? target.EndPoint.Address.ToString()).Trim('[', ']');
        return new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ClientCertificateContext = options.Certificate?.Current,
            CertificateChainPolicy = CertificateAuthorities.PolicyFor(options.ServerAuthorities),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, // RFC 8996: no older ones
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
                && certificate is X509Certificate2 shown && SpeaksFor(shown, name),
        };
    }

    /// <summary>
    /// Whether the certificate names that domain: by a <c>sip</c> URI without a user part, if it has such URIs, else by a DNS name, and
    /// without any alternative name by the common name (RFC 5922 §7.1). Wildcards match nothing (§7.2). A host that is an address must
    /// be named as one.
    /// </summary>
    public static bool SpeaksFor(X509Certificate2 certificate, string host)
    {
        var names = certificate.Extensions[SubjectAlternativeName] is { } extension ? Read(extension.RawData) : null;
        if (IPAddress.TryParse(host, out var address))
            return names?.Addresses.Contains(address) == true;
        var domains = names is null ? [certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)]
            : names.SipDomains.Count > 0 ? names.SipDomains
            : names.DnsNames;
        return domains.Contains(host.TrimEnd('.'), StringComparer.OrdinalIgnoreCase);
    }

    private static Names? Read(byte[] extension)
    {
        var names = new Names([], [], []);
        try
        {
            var sequence = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
                ReadName(sequence, names);
        }
        catch (AsnContentException)
        {
            // Names that can't be read are no names; that there should have been some keeps the common name out.
            return new Names([], [], []);
        }
        return names;
    }

    private static void ReadName(AsnReader sequence, Names names)
    {
        var tag = sequence.PeekTag();
        if (tag.HasSameClassAndValue(DnsName))
            names.DnsNames.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag).TrimEnd('.'));
        else if (tag.HasSameClassAndValue(UniformResourceIdentifier))
        {
            if (SipDomainOf(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag)) is { } domain)
                names.SipDomains.Add(domain);
        }
        else if (tag.HasSameClassAndValue(IPAddressName) && sequence.ReadOctetString(tag) is { Length: 4 or 16 } address)
            names.Addresses.Add(new IPAddress(address));
        else if (!tag.HasSameClassAndValue(IPAddressName))
            sequence.ReadEncodedValue();
    }

    private static string? SipDomainOf(string uri) =>
        Messages.SipUri.TryParse(uri, out var parsed) && parsed is { Scheme: "sip", User: null } ? parsed.Host : null;

    private sealed record Names(List<string> SipDomains, List<string> DnsNames, List<IPAddress> Addresses);
}
