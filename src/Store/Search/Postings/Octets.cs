using System.Data.Common;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Octets that grow, and are used again and again. Numbers are in groups of seven bits, the lowest first, each but the last with its
/// high bit set.</summary>
internal sealed class Octets
{
    private const int SumLength = sizeof(uint);

    private byte[] _octets = [];

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>What is there.</summary>
    public ReadOnlySpan<byte> Span => _octets.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Add(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Room(octets.Length));
        Length += octets.Length;
    }

    public void Add(byte octet)
    {
        Room(1)[0] = octet;
        Length++;
    }

    public void AddNumber(uint number)
    {
        Span<byte> room = Room(5);
        int length = 0;
        for (; number >= 0x80; number >>= 7)
            room[length++] = (byte)(number | 0x80);
        room[length++] = (byte)number;
        Length += length;
    }

    /// <summary>A copy with a sum at its end, by which damage is seen.</summary>
    public byte[] Seal()
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(Length + SumLength);
        Span.CopyTo(copy);
        MemoryMarshal.Write(copy.AsSpan(Length), Sum(Span));
        return copy;
    }

    /// <summary>Takes what was sealed out of a row.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public void Open(DbDataReader row, int column)
    {
        int length = (int)row.GetBytes(column, 0, null, 0, 0);
        Clear();
        Room(length);
        row.GetBytes(column, 0, _octets, 0, length);
        Length = length - SumLength;
        if (Length < 0 || MemoryMarshal.Read<uint>(_octets.AsSpan(Length)) != Sum(Span))
            throw new InvalidDataException("a row of the search index is damaged");
    }

    /// <summary>Reads a number and goes on behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Nearly all have one octet or two, and a list has millions.
    public static uint ReadNumber(ReadOnlySpan<byte> octets, ref int at)
    {
        uint number = octets[at++];
        if (number < 0x80)
            return number;
        uint next = octets[at++];
        number = (number & 0x7f) | (next << 7);
        return next < 0x80 ? number : ReadRest(octets, ref at, number & 0x3fff);
    }

    private static uint ReadRest(ReadOnlySpan<byte> octets, ref int at, uint number)
    {
        for (int shift = 14; ; shift += 7)
        {
            uint next = octets[at++];
            number |= (next & 0x7f) << shift;
            if (next < 0x80)
                return number;
        }
    }

    private Span<byte> Room(int length)
    {
        if (_octets.Length - Length < length)
        {
            // Not cleared: the lists of a frequent word are megabytes.
            byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(_octets.Length * 2, Length + length));
            Span.CopyTo(larger);
            _octets = larger;
        }
        return _octets.AsSpan(Length);
    }

    private static uint Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(octets);
        foreach (ulong word in words)
            sum = BitOperations.Crc32C(sum, word);
        foreach (byte octet in octets[(words.Length * sizeof(ulong))..])
            sum = BitOperations.Crc32C(sum, octet);
        return sum;
    }
}
