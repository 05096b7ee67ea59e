using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>The names of flags on the wire. RFC 9051 §2.3.2.</summary>
internal static class ImapFlags
{
    /// <summary>Each system flag with its name.</summary>
    public static readonly IReadOnlyList<(ItemFlags Flag, string Name)> System =
    [
        (ItemFlags.Answered, "\\Answered"), (ItemFlags.Flagged, "\\Flagged"), (ItemFlags.Deleted, "\\Deleted"),
        (ItemFlags.Seen, "\\Seen"), (ItemFlags.Draft, "\\Draft"),
    ];

    /// <summary>Reads a flag list in brackets; <c>\Recent</c> is passed over as it can't be set.</summary>
    public static bool TryParseList(WireReader reader, out ItemFlags flags, out List<string> keywords)
    {
        var names = new FlagNames();
        var done = reader.TryList(() => TryOne(reader, names));
        (flags, keywords) = (names.Flags, names.Keywords);
        return done;
    }

    /// <summary>Reads a list, or the flags without brackets that STORE allows.</summary>
    public static bool TryParseStore(WireReader reader, out ItemFlags flags, out List<string> keywords)
    {
        if (reader.Sees('(')) return TryParseList(reader, out flags, out keywords);
        var names = new FlagNames();
        keywords = names.Keywords;
        flags = ItemFlags.None;
        do
        {
            if (!TryOne(reader, names)) return false;
        }
        while (reader.Take(' '));
        flags = names.Flags;
        return true;
    }

    private static bool TryOne(WireReader reader, FlagNames names)
    {
        if (!reader.Take('\\')) return reader.TryAtom(out var keyword) && TryKeyword(reader, names, keyword);
        if (!reader.TryAtom(out var name)) return false;
        foreach (var (flag, systemName) in System)
        {
            if (!systemName.AsSpan(1).Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            names.Flags |= flag;
            return true;
        }

        return name.Equals("Recent", StringComparison.OrdinalIgnoreCase) || reader.Fail($"Unknown flag \\{name}");
    }

    private static bool TryKeyword(WireReader reader, FlagNames names, string keyword)
    {
        if (keyword.Length > ImapLimits.KeywordOctets) return reader.Fail("The keyword is too long");
        if (names.Keywords.Count >= ImapLimits.Keywords) return reader.Fail("Too many keywords");
        if (!names.Keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase)) names.Keywords.Add(keyword);
        return true;
    }

    private sealed class FlagNames
    {
        public ItemFlags Flags { get; set; }

        public List<string> Keywords { get; } = [];
    }
}
