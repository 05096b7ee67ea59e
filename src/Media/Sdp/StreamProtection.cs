using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Sdp;

/// <summary>How a stream of an offer is taken with protection.</summary>
/// <param name="Attributes">What our answer says of it.</param>
internal sealed record StreamProtection(IReadOnlyList<SdpAttribute> Attributes)
{
    /// <summary>The keys, when they came in the signalling.</summary>
    public SrtpKeys? Keys { get; init; }

    /// <summary>Whom to shake hands with, when keys come of that.</summary>
    public DtlsParameters? Dtls { get; init; }

    /// <summary>How the way is checked, or null.</summary>
    public IceParameters? Ice { get; init; }
}
