using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The A-law of ITU-T G.711 (tables 1a and 1b): a sign, three bits of segment and four of position, every second bit inverted (0x55).
/// Works on 13-bit samples; the three low bits of a 16-bit sample do not count.
/// </summary>
internal readonly struct ALaw : ICompandingLaw
{
    private const byte EvenBits = 0x55;

    // The segment of a magnitude is the place of its leading one beyond this.
    private const int FirstPlace = 3;

    // The first two segments have the same step, so the first has no leading one to drop.
    private const int FirstSegment = 16;

    public static Vector256<int> Compress(Vector256<int> samples)
    {
        var negative = samples >> 31;
        var magnitudes = (samples ^ negative) >> 4;
        var codes = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitudes, Vector256.Create(FirstSegment)), magnitudes, SegmentAndPosition.Of(magnitudes, FirstPlace));
        return (codes | ~negative & Vector256.Create(0x80)) ^ Vector256.Create((int)EvenBits);
    }

    // The output is the middle of the step.
    public static short Expand(byte code)
    {
        var bits = code ^ EvenBits;
        var segment = (bits >> 4) & 7;
        var magnitude = ((bits & 0x0F) << 4) + 8;
        if (segment > 0)
            magnitude = (magnitude + 0x100) << (segment - 1);
        return (short)((bits & 0x80) != 0 ? magnitude : -magnitude);
    }
}
