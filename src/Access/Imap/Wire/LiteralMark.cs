using System.Buffers.Text;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>The announcement of a literal at the end of a line: <c>{n}</c>, <c>{n+}</c> (RFC 7888), <c>~{n}</c> (RFC 3516).</summary>
/// <param name="Start">Where it begins in the line, the <c>~</c> included.</param>
/// <param name="Size">Octets that follow.</param>
/// <param name="Waits">Whether the client waits for a continuation before it sends them.</param>
internal readonly record struct LiteralMark(int Start, long Size, bool Waits)
{
    /// <summary>Whether the line ends with an announcement.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out LiteralMark mark)
    {
        mark = default;
        if (!line.EndsWith("}"u8)) return false;
        var open = line.LastIndexOf((byte)'{');
        if (open < 0) return false;
        var digits = line[(open + 1)..^1];
        var waits = !digits.EndsWith("+"u8);
        if (!waits) digits = digits[..^1];
        // 18 digits keep the size within 63 bits.
        if (digits.Length is 0 or > 18 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        Utf8Parser.TryParse(digits, out long size, out _);
        var binary = open > 0 && line[open - 1] == '~';
        mark = new LiteralMark(binary ? open - 1 : open, size, waits);
        return true;
    }
}
