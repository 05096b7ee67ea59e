namespace UnifiedMsg.Media.Sdp;

/// <summary>Which way media goes, as the side that writes the description sees it (RFC 8866 §6.7).</summary>
[Flags]
public enum MediaDirection
{
    /// <summary><c>a=inactive</c></summary>
    Inactive = 0,

    /// <summary><c>a=sendonly</c></summary>
    SendOnly = 1,

    /// <summary><c>a=recvonly</c></summary>
    ReceiveOnly = 2,

    /// <summary><c>a=sendrecv</c>, which also holds when nothing is said</summary>
    SendReceive = SendOnly | ReceiveOnly,
}

/// <summary>The attribute family of the direction.</summary>
internal static class DirectionAttribute
{
    public static string Name(MediaDirection direction) => direction switch
    {
        MediaDirection.Inactive => "inactive",
        MediaDirection.SendOnly => "sendonly",
        MediaDirection.ReceiveOnly => "recvonly",
        _ => "sendrecv",
    };

    // RFC 8866 §6.7: the attribute of the media wins over that of the session; neither means sendrecv.
    public static MediaDirection Of(SessionDescription session, MediaDescription media) =>
        Find(media.Attributes) ?? Find(session.Attributes) ?? MediaDirection.SendReceive;

    // RFC 3264 §6.1: what one side sends only, the other receives only.
    public static MediaDirection Reverse(MediaDirection direction) => direction switch
    {
        MediaDirection.SendOnly => MediaDirection.ReceiveOnly,
        MediaDirection.ReceiveOnly => MediaDirection.SendOnly,
        _ => direction,
    };

    private static MediaDirection? Find(IReadOnlyList<SdpAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            switch (attribute.Name)
            {
                case "sendrecv": return MediaDirection.SendReceive;
                case "sendonly": return MediaDirection.SendOnly;
                case "recvonly": return MediaDirection.ReceiveOnly;
                case "inactive": return MediaDirection.Inactive;
            }
        }
        return null;
    }
}
