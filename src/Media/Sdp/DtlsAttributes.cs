using System.Diagnostics.CodeAnalysis;
using UnifiedMsg.Media.Dtls;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of DTLS: <c>a=fingerprint</c> (RFC 8122) and <c>a=setup</c> (RFC 4145, RFC 5763 §5).</summary>
internal static class DtlsAttributes
{
    /// <summary>Reads what an offer says: of the stream, else of the session.</summary>
    /// <returns>False without a usable fingerprint, or with a role that no offer may have.</returns>
    public static bool TryRead(SessionDescription session, MediaDescription media, [NotNullWhen(true)] out DtlsParameters? parameters)
    {
        parameters = null;
        var fingerprint = Fingerprint(media.Attributes) ?? Fingerprint(session.Attributes);
        var setup = media.Attribute("setup") ?? session.Attributes.FirstOrDefault(attribute => attribute.Name == "setup").Value;
        // RFC 5763 §5: an offer that leaves the choice (actpass) or will begin (active) finds us waiting, so that nothing is sent to an
        // address that nobody proved; only a passive one makes us begin.
        if (fingerprint is null || setup is not ("actpass" or "active" or "passive"))
            return false;
        parameters = new DtlsParameters(fingerprint, setup == "passive");
        return true;
    }

    /// <summary>Our side of an answer.</summary>
    public static IEnumerable<SdpAttribute> Answer(CertificateFingerprint local, DtlsParameters parameters) =>
        [new("fingerprint", local.ToString()), new("setup", parameters.IsClient ? "active" : "passive")];

    // RFC 8122 §5: several hashes of one certificate may be given; any that we know will do.
    private static CertificateFingerprint? Fingerprint(IReadOnlyList<SdpAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute is { Name: "fingerprint", Value: { } value } && CertificateFingerprint.TryParse(value, out var fingerprint))
                return fingerprint;
        }
        return null;
    }
}
