using System.Buffers.Binary;

namespace UnifiedMsg.Media.Rtp;

/// <summary>The payload of a telephone-event (RFC 4733 §2.3).</summary>
/// <param name="Event">0 to 9 the digits, 10 <c>*</c>, 11 <c>#</c>, 12 to 15 A to D; others are no keys.</param>
/// <param name="End">The key was let go.</param>
/// <param name="Volume">The level of the tone below 0 dBm0, in dB.</param>
/// <param name="Duration">How long it has been pressed, in ticks of the clock.</param>
public readonly record struct TelephoneEvent(byte Event, bool End, byte Volume, ushort Duration)
{
    /// <summary>The length of the payload, in bytes.</summary>
    public const int Length = 4;

    private const string Keys = "0123456789*#ABCD";

    /// <summary>The key, or null for an event that is none.</summary>
    public char? Key => Event < Keys.Length ? Keys[Event] : null;

    /// <summary>The event of a key: a digit, <c>*</c>, <c>#</c>, or A to D in either case.</summary>
    /// <exception cref="ArgumentException">There is no such key.</exception>
    public static byte Of(char key)
    {
        var code = Keys.IndexOf(char.ToUpperInvariant(key), StringComparison.Ordinal);
        return code >= 0 ? (byte)code : throw new ArgumentException($"'{key}' is no key of a telephone", nameof(key));
    }

    /// <summary>Reads a payload.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out TelephoneEvent value)
    {
        value = default;
        if (payload.Length < Length)
            return false;
        value = new TelephoneEvent(
            payload[0], (payload[1] & 0x80) != 0, (byte)(payload[1] & 0x3F), BinaryPrimitives.ReadUInt16BigEndian(payload[2..]));
        return true;
    }

    /// <summary>Writes a payload of <see cref="Length"/> bytes.</summary>
    public void Write(Span<byte> payload)
    {
        payload[0] = Event;
        payload[1] = (byte)((End ? 0x80 : 0) | Volume & 0x3F);
        BinaryPrimitives.WriteUInt16BigEndian(payload[2..], Duration);
    }
}
