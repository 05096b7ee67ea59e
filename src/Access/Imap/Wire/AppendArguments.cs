using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>The arguments of APPEND up to its message. RFC 9051 §6.3.12.</summary>
/// <param name="Mailbox">The mailbox as the client wrote it.</param>
/// <param name="Flags">System flags.</param>
/// <param name="Keywords">Keywords.</param>
/// <param name="Date">The internal date, or null.</param>
/// <param name="Utf8">Whether the message comes as <c>UTF8 (~{n}…)</c>. RFC 6855 §4.</param>
internal sealed record AppendArguments(string Mailbox, ItemFlags Flags, List<string> Keywords, DateTimeOffset? Date, bool Utf8)
{
    /// <summary>
    /// Whether these octets (tag, APPEND, …) end where the literal of the message stands, which is then streamed, not gathered;
    /// or whether they are wrong before it, so that the client can be told at once.
    /// </summary>
    public static bool IsMessageNext(ReadOnlyMemory<byte> command)
    {
        var reader = new WireReader(command);
        if (!reader.TryAtom(out _) || !reader.Take(' ') || !reader.TakeWord("APPEND"u8)) return false;
        var parsed = TryParse(reader, out _);
        return parsed == (LiteralMark.TryParse(reader.Rest, out var mark) && mark.Start == 0);
    }

    /// <summary>Reads the arguments from the space after the command's name; the literal's mark is left.</summary>
    public static bool TryParse(WireReader reader, out AppendArguments arguments)
    {
        arguments = new AppendArguments("", ItemFlags.None, [], null, false);
        if (!reader.Expect(' ') || !reader.TryAString(out var mailbox) || !reader.Expect(' ')) return false;
        var flags = ItemFlags.None;
        List<string> keywords = [];
        if (reader.Sees('(') && (!ImapFlags.TryParseList(reader, out flags, out keywords) || !reader.Expect(' '))) return false;
        DateTimeOffset? date = null;
        if (reader.Sees('"'))
        {
            if (!reader.TryString(out var text) || !reader.Expect(' ')) return false;
            if (!ImapDate.TryParseDateTime(text, out var parsed)) return reader.Fail("Bad date-time");
            date = parsed;
        }

        var utf8 = reader.TakeWord("UTF8"u8);
        if (utf8 && (!reader.Expect(' ') || !reader.Expect('('))) return false;
        arguments = new AppendArguments(mailbox, flags, keywords, date, utf8);
        return true;
    }
}
