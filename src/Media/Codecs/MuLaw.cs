using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The µ-law of ITU-T G.711 (tables 2a and 2b): a sign, three bits of segment and four of position, all inverted. Works on 14-bit samples;
/// the two low bits of a 16-bit sample do not count.
/// </summary>
internal readonly struct MuLaw : ICompandingLaw
{
    private const int Bias = 33;
    private const int LargestMagnitude = 0x1FFF;

    // The segment of a magnitude is the place of its leading one beyond this.
    private const int FirstPlace = 5;

    // Negative samples are taken by their ones' complement, so that the law is symmetric about minus one half.
    public static Vector256<int> Compress(Vector256<int> samples)
    {
        var negative = samples >> 31;
        var magnitudes = Vector256.Min(((samples ^ negative) >> 2) + Vector256.Create(Bias), Vector256.Create(LargestMagnitude));
        var codes = SegmentAndPosition.Of(magnitudes, FirstPlace) | negative & Vector256.Create(0x80);
        return codes ^ Vector256.Create(0xFF);
    }

    public static short Expand(byte code)
    {
        var bits = (byte)~code;
        var segment = (bits >> 4) & 7;
        var magnitude = ((((bits & 0x0F) << 1) + Bias) << segment) - Bias;
        return (short)(((bits & 0x80) != 0 ? -magnitude : magnitude) << 2);
    }
}
