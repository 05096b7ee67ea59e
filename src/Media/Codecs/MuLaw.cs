using System.Numerics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The µ-law of ITU-T G.711 (tables 2a and 2b): a sign, three bits of segment and four of position, all inverted. Works on 14-bit samples;
/// the two low bits of a 16-bit sample do not count.
/// </summary>
internal sealed class MuLaw : ICompandingLaw
{
    private const int Bias = 33;
    private const int LargestMagnitude = 0x1FFF;

    public byte[] Compressed { get; } = new byte[65536];
    public short[] Expanded { get; } = new short[256];

    public MuLaw()
    {
        for (var bits = 0; bits < 65536; bits++)
            Compressed[bits] = Compress((short)bits);
        for (var code = 0; code < 256; code++)
            Expanded[code] = Expand((byte)code);
    }

    // Negative samples are taken by their ones' complement, so that the law is symmetric about minus one half.
    private static byte Compress(short sample)
    {
        var magnitude = Math.Min(((sample < 0 ? ~sample : sample) >> 2) + Bias, LargestMagnitude);
        var segment = BitOperations.Log2((uint)magnitude) - 5;
        var position = (magnitude >> (segment + 1)) & 0x0F;
        var sign = sample < 0 ? 0x80 : 0;
        return (byte)~(sign | (segment << 4) | position);
    }

    private static short Expand(byte code)
    {
        var bits = (byte)~code;
        var segment = (bits >> 4) & 7;
        var magnitude = ((((bits & 0x0F) << 1) + Bias) << segment) - Bias;
        return (short)(((bits & 0x80) != 0 ? -magnitude : magnitude) << 2);
    }
}
