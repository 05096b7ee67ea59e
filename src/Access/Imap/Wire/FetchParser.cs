namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Reads what a FETCH asks for. RFC 9051 §9 fetch-att.</summary>
internal static class FetchParser
{
    private static readonly FetchItem Flags = new(FetchKind.Flags, "FLAGS");
    private static readonly FetchItem InternalDate = new(FetchKind.InternalDate, "INTERNALDATE");
    private static readonly FetchItem Size = new(FetchKind.Size, "RFC822.SIZE");
    private static readonly FetchItem Envelope = new(FetchKind.Envelope, "ENVELOPE");
    private static readonly FetchItem Body = new(FetchKind.Body, "BODY");

    /// <summary>Reads a macro, one item, or a list of items.</summary>
    public static bool TryParse(WireReader reader, out List<FetchItem> items)
    {
        var list = items = [];
        if (reader.TakeWord("ALL"u8)) list.AddRange([Flags, InternalDate, Size, Envelope]);
        else if (reader.TakeWord("FAST"u8)) list.AddRange([Flags, InternalDate, Size]);
        else if (reader.TakeWord("FULL"u8)) list.AddRange([Flags, InternalDate, Size, Envelope, Body]);
        else if (reader.Sees('(')) return reader.TryList(() => TryItem(reader, list));
        else return TryItem(reader, list);
        return true;
    }

    private static bool TryItem(WireReader reader, List<FetchItem> items)
    {
        if (!reader.TryKeyword(out var word)) return false;
        FetchItem? item = word switch
        {
            "UID" => new FetchItem(FetchKind.Uid, "UID"),
            "FLAGS" => Flags,
            "INTERNALDATE" => InternalDate,
            "RFC822.SIZE" => Size,
            "ENVELOPE" => Envelope,
            "BODYSTRUCTURE" => new FetchItem(FetchKind.BodyStructure, "BODYSTRUCTURE"),
            "MODSEQ" => new FetchItem(FetchKind.ModSeq, "MODSEQ"),
            "RFC822" => Whole("RFC822", SectionText.All, false),
            "RFC822.HEADER" => Whole("RFC822.HEADER", SectionText.Header, true),
            "RFC822.TEXT" => Whole("RFC822.TEXT", SectionText.Text, false),
            "BODY" when !reader.Sees('[') => Body,
            "EMAILID" => new FetchItem(FetchKind.EmailId, "EMAILID"),
            "THREADID" => new FetchItem(FetchKind.ThreadId, "THREADID"),
            "PREVIEW" => new FetchItem(FetchKind.Preview, "PREVIEW"),
            _ => null,
        };
        if (item is null) return TrySection(reader, word, items);
        if (item.Kind == FetchKind.Preview && !TryPreviewOption(reader)) return false;
        items.Add(item);
        return true;
    }

    private static FetchItem Whole(string label, SectionText text, bool peek) =>
        new(FetchKind.Section, label, new BodySection([], text, []), peek);

    // PREVIEW [SP "(LAZY)"], RFC 8970 §3.1; ours is always at hand.
    private static bool TryPreviewOption(WireReader reader)
    {
        if (!reader.Rest.StartsWith(" ("u8)) return true;
        reader.Take(' ');
        return reader.TryList(() => reader.TakeWord("LAZY"u8) || reader.Fail("Unknown PREVIEW modifier"));
    }

    // ("BODY" / "BINARY") [".PEEK"] section ["<" number "." nz-number ">"]; BINARY.SIZE section-binary
    private static bool TrySection(WireReader reader, string word, List<FetchItem> items)
    {
        var (kind, peek) = word switch
        {
            "BODY" => (FetchKind.Section, false),
            "BODY.PEEK" => (FetchKind.Section, true),
            "BINARY" => (FetchKind.Binary, false),
            "BINARY.PEEK" => (FetchKind.Binary, true),
            "BINARY.SIZE" => (FetchKind.BinarySize, true),
            _ => (FetchKind.Uid, true),
        };
        if (kind == FetchKind.Uid) return reader.Fail($"Unknown fetch item {word}");
        if (!reader.Expect('[') || !TryBodySection(reader, kind == FetchKind.Section, out var section) || !reader.Expect(']')) return false;
        long start = -1, count = 0;
        if (kind != FetchKind.BinarySize && reader.Take('<'))
        {
            if (!reader.TryNumber(out start) || !reader.Expect('.') || !reader.TryNumber(out count) || !reader.Expect('>')) return false;
            if (count == 0) return reader.Fail("A partial of no octets");
        }

        var name = kind == FetchKind.Section ? "BODY" : kind == FetchKind.Binary ? "BINARY" : "BINARY.SIZE";
        var label = $"{name}[{SectionLabel(section)}]" + (start >= 0 ? $"<{start}>" : "");
        items.Add(new FetchItem(kind, label, section, peek, start, count));
        return true;
    }

    private static bool TryBodySection(WireReader reader, bool textAllowed, out BodySection section)
    {
        section = new BodySection([], SectionText.All, []);
        var part = new List<int>();
        while (!reader.AtEnd && reader.Rest[0] is >= (byte)'0' and <= (byte)'9')
        {
            if (!reader.TryNumber(out uint number)) return false;
            if (number is 0 or > int.MaxValue || part.Count >= ImapLimits.PartLevels) return reader.Fail("Bad part number");
            part.Add((int)number);
            if (!reader.Take('.')) break;
            if (reader.AtEnd || reader.Sees(']')) return reader.Fail("Bad part number");
        }

        section = section with { Part = part };
        if (reader.Sees(']')) return true;
        if (!textAllowed) return reader.Fail("Bad section");
        if (!reader.TryKeyword(out var word)) return false;
        var text = word switch
        {
            "HEADER" => SectionText.Header,
            "HEADER.FIELDS" => SectionText.Fields,
            "HEADER.FIELDS.NOT" => SectionText.FieldsNot,
            "TEXT" => SectionText.Text,
            "MIME" when part.Count > 0 => SectionText.Mime,
            _ => SectionText.All,
        };
        if (text == SectionText.All) return reader.Fail("Bad section");
        var fields = new List<string>();
        if (text is SectionText.Fields or SectionText.FieldsNot && !TryFields(reader, fields)) return false;
        section = new BodySection(part, text, fields);
        return true;
    }

    private static bool TryFields(WireReader reader, List<string> fields) =>
        reader.Expect(' ') && reader.TryList(() =>
        {
            if (!reader.TryAString(out var name)) return false;
            foreach (var c in name)
                if (c is < '!' or > '~' or ':') return reader.Fail("Bad header field name");
            fields.Add(name);
            return true;
        }) && (fields.Count > 0 || reader.Fail("No header fields named"));

    private static string SectionLabel(BodySection section)
    {
        var part = string.Join('.', section.Part);
        var text = section.Text switch
        {
            SectionText.Header => "HEADER",
            SectionText.Fields => $"HEADER.FIELDS ({FieldNames(section)})",
            SectionText.FieldsNot => $"HEADER.FIELDS.NOT ({FieldNames(section)})",
            SectionText.Text => "TEXT",
            SectionText.Mime => "MIME",
            _ => "",
        };
        return part.Length > 0 && text.Length > 0 ? part + "." + text : part + text;
    }

    // A name that is no atom goes back quoted.
    private static string FieldNames(BodySection section) => string.Join(
        ' ', section.Fields.Select(f => f.AsSpan().ContainsAny("(){%*\"\\]") ? $"\"{f.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"" : f));
}
