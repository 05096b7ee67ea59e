using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Media.Codecs;

/// <summary>L16: the samples themselves, the high byte first (RFC 3551 §4.5.11). No state, so that all streams share one instance.</summary>
internal sealed class LinearCodec(int sampleRate, int? payloadType) : AudioCodec, IAudioEncoder, IAudioDecoder
{
    // Whoever has no wide-band codec but this gets the rate of recordings. Each further one would need events of its own clock, and an offer
    // has to fit into a datagram with its header fields.
    private const int OfferedRate = 16000;

    // With headers and what encryption adds, this is what an Ethernet carries in one piece.
    private const int LargestPayload = 1400;

    public override string Name => "L16";
    public override int ClockRate => sampleRate;
    public override int SampleRate => sampleRate;
    public override int? StaticPayloadType => payloadType;
    public override bool IsOffered => sampleRate == OfferedRate;
    public override IAudioEncoder CreateEncoder(string parameters = "") => this;
    public override IAudioDecoder CreateDecoder() => this;

    public override int PacketTime(int wish) => Math.Clamp(LargestPayload / 2 * 100 / sampleRate * 10, 10, wish);

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length / 2;

    public int Encode(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        Copy(samples, MemoryMarshal.Cast<byte, short>(payload)[..samples.Length]);
        return samples.Length * 2;
    }

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var count = payload.Length / 2;
        Copy(MemoryMarshal.Cast<byte, short>(payload)[..count], samples);
        return count;
    }

    private static void Copy(ReadOnlySpan<short> from, Span<short> to)
    {
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(from, to);
        else
            from.CopyTo(to);
    }
}
