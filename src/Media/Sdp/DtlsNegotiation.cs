using System.Diagnostics.CodeAnalysis;
using UnifiedMsg.Media.Ice;

namespace UnifiedMsg.Media.Sdp;

/// <summary>
/// Answers offers of SRTP whose keys come of a handshake (RFC 5763), with the checks of ICE where the offer has them: what browsers speak.
/// We don't offer it: who lets us offer is a phone system, and gets keys by SDES.
/// </summary>
internal static class DtlsNegotiation
{
    /// <summary>Whether a stream of an offer can be taken that way, and how.</summary>
    public static bool TryAnswer(
        SessionDescription offer, MediaDescription offered, LocalAudio local, [NotNullWhen(true)] out StreamProtection? protection)
    {
        protection = null;
        // RFC 5764 §5.1.2: without a shared port RTCP would need a handshake of its own. Who speaks this shares it.
        if (local.Srtp == SrtpPolicy.Off || local.Fingerprint is not { } fingerprint || !MediaProfile.IsDtls(offered.Protocol)
            || !RtcpAttribute.IsMux(offered) || !DtlsAttributes.TryRead(offer, offered, out var dtls))
            return false;
        var ice = Ice(IceAttributes.RemoteName(offer, offered), local.Ice);
        // The same certificate: the association goes on, and so do the roles in it (RFC 5763 §6.6, RFC 8842 §5.3). To it all ways that ICE
        // finds are one, so that ICE that begins anew does not end it (RFC 8842 §3.3), and the other side shakes no hands again.
        if (local.Dtls is { } inUse && inUse.Remote == dtls.Remote && ice is null == local.Ice is null)
            dtls = inUse;
        List<SdpAttribute> attributes = [.. DtlsAttributes.Answer(fingerprint, dtls)];
        if (ice is not null)
            attributes.AddRange(IceAttributes.Answer(ice, local.Rtp));
        protection = new StreamProtection(attributes) { Dtls = dtls, Ice = ice };
        return true;
    }

    /// <summary>What our answer says of the whole session.</summary>
    public static IReadOnlyList<SdpAttribute> Session(SessionDescription offer, MediaDescription taken, StreamProtection? protection)
    {
        var attributes = new List<SdpAttribute>();
        if (protection?.Ice is not null)
            attributes.Add(IceAttributes.Lite);
        if (GroupAttribute.Mid(taken) is { } mid && GroupAttribute.Answer(offer, mid.Value!) is { } group)
            attributes.Add(group);
        return attributes;
    }

    // RFC 8839 §4.4.1.1.1: another name of the other side starts ICE anew, and so do we.
    private static IceParameters? Ice(string? remoteName, IceParameters? inUse) =>
        remoteName is null ? null : inUse?.RemoteName == remoteName ? inUse : IceParameters.For(remoteName);
}
