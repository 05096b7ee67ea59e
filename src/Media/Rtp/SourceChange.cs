namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// When a stream counts as another one (RFC 3550 §A.1): one packet with a strange sequence number or from a new source proves nothing, a
/// second one that fits to it does.
/// </summary>
internal static class SourceChange
{
    /// <summary>A sequence number that is further ahead than this is no loss but a sender that began anew: a minute of usual packets.</summary>
    public const int MaxDropout = 3000;

    /// <summary>One that is further behind than this is none that came late.</summary>
    public const int MaxMisorder = 100;

    // The two may come in the wrong order, or with others lost between them.
    private const int MaxDistance = 10;

    /// <summary>Whether a sequence number goes on with the stream, so far <paramref name="ahead"/> of what was expected.</summary>
    public static bool IsJump(short ahead) => ahead is > MaxDropout or < -MaxMisorder;

    /// <summary>Whether two packets belong to one stream.</summary>
    public static bool Confirms(ushort first, ushort second) => Math.Abs((int)(short)(second - first)) is > 0 and <= MaxDistance;
}
