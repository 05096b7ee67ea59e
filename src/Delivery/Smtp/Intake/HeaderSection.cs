using System.Buffers;
using System.Text;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>Edits the header of a message in its raw octets. What it does not edit stays octet for octet.</summary>
internal static class HeaderSection
{
    /// <summary>Copies the fields of <paramref name="header"/> to <paramref name="output"/>, less those that are dropped.</summary>
    /// <param name="header">The header, without its blank line.</param>
    /// <param name="dropBcc">Whether Bcc goes (RFC 5322 §3.6.3: it is not for the recipients' eyes).</param>
    /// <param name="output">Where it goes.</param>
    /// <returns>What was seen on the way.</returns>
    public static HeaderFacts Copy(ReadOnlySpan<byte> header, bool dropBcc, IBufferWriter<byte> output)
    {
        var facts = default(HeaderFacts);
        while (!header.IsEmpty)
        {
            var field = header[..FieldLength(header)];
            header = header[field.Length..];
            var name = NameOf(field);
            if (Is(name, "Received"u8))
                facts.Hops++;
            facts.HasDate |= Is(name, "Date"u8);
            facts.HasMessageId |= Is(name, "Message-ID"u8);
            // RFC 5321 §4.4: there is one Return-Path, and whoever makes the final delivery writes it.
            if (!Is(name, "Return-Path"u8) && !(dropBcc && (Is(name, "Bcc"u8) || Is(name, "Resent-Bcc"u8))))
                output.Write(field);
        }
        return facts;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(name, other);

    private static int FieldLength(ReadOnlySpan<byte> header)
    {
        var length = 0;
        do
        {
            var line = header[length..].IndexOf((byte)'\n') + 1;
            length = line == 0 ? header.Length : length + line;
        }
        while (length < header.Length && header[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    internal static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        return colon < 0 ? default : field[..colon].TrimEnd(" \t"u8);
    }
}

/// <summary>What a header was seen to have.</summary>
internal struct HeaderFacts
{
    /// <summary>Received fields.</summary>
    public int Hops;

    /// <summary>Whether there is a Date.</summary>
    public bool HasDate;

    /// <summary>Whether there is a Message-ID.</summary>
    public bool HasMessageId;
}
