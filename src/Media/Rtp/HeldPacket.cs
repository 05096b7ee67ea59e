using System.Buffers;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Rtp;

/// <summary>A packet that waits for its turn; its payload is a copy in a rented buffer, taken only when a packet does come out of order.</summary>
internal struct HeldPacket
{
    private byte[]? _buffer;
    private int _length;

    public readonly bool InUse => _buffer is not null;
    public ushort Sequence { get; private set; }
    public uint Timestamp { get; private set; }
    public double Arrival { get; private set; }
    public IAudioDecoder? Decoder { get; private set; }
    public readonly ReadOnlySpan<byte> Payload => _buffer.AsSpan(0, _length);

    public static HeldPacket Copy(in RtpPacket packet, IAudioDecoder? decoder, double arrival)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, packet.Payload.Length));
        packet.Payload.CopyTo(buffer);
        return new HeldPacket
        {
            _buffer = buffer,
            _length = packet.Payload.Length,
            Sequence = packet.Sequence,
            Timestamp = packet.Timestamp,
            Arrival = arrival,
            Decoder = decoder,
        };
    }

    public void Release()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        this = default;
    }
}
