namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of groups: <c>a=mid</c> and <c>a=group</c> (RFC 5888), of which we know the bundle (RFC 9143).</summary>
internal static class GroupAttribute
{
    private const string Bundle = "BUNDLE";

    /// <summary>The name of a stream, which its answer repeats; null when it has none.</summary>
    public static SdpAttribute? Mid(MediaDescription media) =>
        media.Attribute("mid") is { Length: > 0 } name && !name.Contains(' ', StringComparison.Ordinal) ? new("mid", name) : null;

    /// <summary>RFC 9143 §7.3: the group of an answer has the streams that were taken; null when the offer does not bundle this one.</summary>
    public static SdpAttribute? Answer(SessionDescription offer, string mid)
    {
        foreach (var attribute in offer.Attributes)
        {
            if (attribute is { Name: "group", Value: { } value } && value.Split(' ') is [Bundle, .. var names] && names.Contains(mid))
                return new SdpAttribute("group", $"{Bundle} {mid}");
        }
        return null;
    }
}
