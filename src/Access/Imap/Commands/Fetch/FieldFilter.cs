using System.Buffers;
using System.Text;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Access.Imap.Commands.Fetch;

/// <summary>HEADER.FIELDS and HEADER.FIELDS.NOT: the fields as they are, then the blank line. RFC 9051 §6.4.5.1.</summary>
internal static class FieldFilter
{
    /// <summary>The fields wanted of a header.</summary>
    public static ReadOnlyMemory<byte> Select(HeaderBlock header, BodySection section)
    {
        var output = new ArrayBufferWriter<byte>(512);
        for (var i = 0; i < header.Count; i++)
        {
            var raw = header.RawAt(i);
            if (IsNamed(header.NameAt(i), section.Fields) != (section.Text == SectionText.Fields)) continue;
            output.Write(raw);
            if (!raw.EndsWith("\n"u8)) output.Write("\r\n"u8);
        }

        output.Write("\r\n"u8);
        return output.WrittenMemory;
    }

    private static bool IsNamed(ReadOnlySpan<byte> name, IReadOnlyList<string> names)
    {
        foreach (var candidate in names)
            if (Ascii.EqualsIgnoreCase(name, candidate)) return true;
        return false;
    }
}
