using System.Numerics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The A-law of ITU-T G.711 (tables 1a and 1b): a sign, three bits of segment and four of position, every second bit inverted (0x55).
/// Works on 13-bit samples; the three low bits of a 16-bit sample do not count.
/// </summary>
internal sealed class ALaw : ICompandingLaw
{
    private const byte EvenBits = 0x55;

    public byte[] Compressed { get; } = new byte[65536];
    public short[] Expanded { get; } = new short[256];

    public ALaw()
    {
        for (var bits = 0; bits < 65536; bits++)
            Compressed[bits] = Compress((short)bits);
        for (var code = 0; code < 256; code++)
            Expanded[code] = Expand((byte)code);
    }

    // The first two segments have the same step, so the first needs no shift and has no leading one to drop.
    private static byte Compress(short sample)
    {
        var magnitude = (sample < 0 ? ~sample : sample) >> 4;
        var segment = magnitude < 32 ? magnitude >> 4 : BitOperations.Log2((uint)magnitude) - 3;
        var position = (segment <= 1 ? magnitude : magnitude >> (segment - 1)) & 0x0F;
        var sign = sample < 0 ? 0 : 0x80;
        return (byte)((sign | (segment << 4) | position) ^ EvenBits);
    }

    // The output is the middle of the step.
    private static short Expand(byte code)
    {
        var bits = code ^ EvenBits;
        var segment = (bits >> 4) & 7;
        var magnitude = ((bits & 0x0F) << 4) + 8;
        if (segment > 0)
            magnitude = (magnitude + 0x100) << (segment - 1);
        return (short)((bits & 0x80) != 0 ? magnitude : -magnitude);
    }
}
