using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UnifiedMsg.Server.Configuration;

/// <summary>A number of octets, written <c>50MiB</c>, <c>64KiB</c>, <c>1GiB</c> or as a plain number of octets.</summary>
/// <param name="Octets">The size in octets.</param>
public readonly record struct ByteSize(long Octets) : IComparable<ByteSize>, IComparable
{
    private static readonly (string Suffix, int Shift)[] Units = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

    /// <summary>Reads the notation; false when it is no size or overflows.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ByteSize size)
    {
        size = default;
        if (string.IsNullOrEmpty(text))
            return false;
        var (digits, shift) = (text, 0);
        foreach (var (suffix, unitShift) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            (digits, shift) = (text[..^suffix.Length].TrimEnd(' '), unitShift);
            break;
        }
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue >> shift)
            return false;
        size = new ByteSize(number << shift);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Octets.CompareTo(other.Octets);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj is ByteSize other ? CompareTo(other) : 1;

    /// <inheritdoc/>
    public override string ToString()
    {
        foreach (var (suffix, shift) in Units)
        {
            if (shift > 0 && Octets > 0 && (Octets & ((1L << shift) - 1)) == 0)
                return (Octets >> shift).ToString(CultureInfo.InvariantCulture) + suffix;
        }
        return Octets.ToString(CultureInfo.InvariantCulture);
    }
}
