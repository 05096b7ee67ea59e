namespace UnifiedMsg.Media.Signals;

/// <summary>The tones by which fax machines make themselves known (ITU-T T.30 §4, §5).</summary>
internal static class FaxTones
{
    // CNG: 1100 ± 38 Hz, half a second each 3.5 s, both to 15 %. The limits are a little wider than that.
    private const int ShortestCng = 400;
    private const int LongestCng = 600;
    private const int ShortestPause = 2400;
    private const int LongestPause = 3600;

    // CED and the answer tones of V.8: 2100 ± 15 Hz for 2.6 to 4 s. No voice holds it for one.
    private const int ShortestCed = 1000;

    /// <summary>The calling tone.</summary>
    public static ToneBand Calling(int sampleRate) => new([1100], 38, sampleRate);

    /// <summary>The answering tone.</summary>
    public static ToneBand Answering(int sampleRate) => new([2100], 15, sampleRate);

    /// <summary>Whether the last segments are two calling tones with their pause between: one alone may be anything that beeps.</summary>
    public static bool IsCalling(IReadOnlyList<ToneSegment> heard, int band) =>
        heard.Count >= 4
        && IsCallingTone(heard[^2], band) && IsCallingTone(heard[^4], band)
        && !heard[^3].IsTone && heard[^3].Length is >= ShortestPause and <= LongestPause;

    /// <summary>Whether the answering tone sounds.</summary>
    public static bool IsAnswering(IReadOnlyList<ToneSegment> heard, int band) =>
        heard[^1].IsTone && heard[^1].Length >= ShortestCed && heard[^1].Is(band);

    private static bool IsCallingTone(ToneSegment segment, int band) =>
        segment.IsTone && segment.Length is >= ShortestCng and <= LongestCng && segment.Is(band);
}
