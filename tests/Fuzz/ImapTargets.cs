using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the IMAP wire syntax: what a client may send after a command's name.</summary>
public static class ImapTargets
{
    /// <summary>The target: every parser of arguments reads the same octets; each must return, and what it accepts must be usable.</summary>
    public static void Arguments(ReadOnlySpan<byte> input)
    {
        var octets = input.ToArray();
        if (FetchParser.TryParse(new WireReader(octets), out var items) && items.Any(i => i.Label.AsSpan().ContainsAny('\r', '\n')))
            throw new InvalidOperationException("A label that would break the response.");
        SearchParser.TryParse(new WireReader(octets), out _);
        AppendArguments.TryParse(new WireReader(octets), out _);
        AppendArguments.IsMessageNext(octets);
        ImapFlags.TryParseStore(new WireReader(octets), out _, out _);
        LiteralMark.TryParse(octets, out _);
        Sets(octets);
        Names(octets);
    }

    private static void Sets(byte[] octets)
    {
        if (!SequenceSet.TryParse(new WireReader(octets), out var set)) return;
        uint[] uids = [1, 2, 3, 5, 8, 13, 4_000_000_000];
        var found = set.SelectUids(uids);
        if (found.Exists(uid => !set.Contains(uid, uids[^1])) || !found.SequenceEqual(found.Distinct().Order()))
            throw new InvalidOperationException("The set holds what it should not.");
        set.TrySelectNumbers(uids, out _);
    }

    private static void Names(byte[] octets)
    {
        var reader = new WireReader(octets);
        if (!reader.TryListPattern(out var text)) return;
        ListPattern.Matches(text, "INBOX/a");
        if (MailboxName.TryDecode(text, out var name) && MailboxName.TryDecode(MailboxName.Encode(name), out var again) && again != name)
            throw new InvalidOperationException("A name that changes on its way.");
    }
}
