using System.Globalization;
using System.Text;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>
/// What mailers keep in the header of a message in an mbox file that is no part of the message: <c>Status</c> (R, O), <c>X-Status</c>
/// (A, F, D, T), <c>X-Keywords</c>, Thunderbird's <c>X-Mozilla-Status</c>, and the line with which our own export begins a message.
/// </summary>
internal sealed class MboxHeader
{
    /// <summary>The field of our own export. It says what the others can't: the date to the microsecond, the size, and how lines ended.</summary>
    public const string OwnField = "X-UnifiedMsg-Item";

    // Thunderbird's bits: read, replied, marked, deleted but not yet compacted away, forwarded.
    private const int MozillaRead = 0x1, MozillaReplied = 0x2, MozillaMarked = 0x4, MozillaExpunged = 0x8, MozillaForwarded = 0x1000;

    private static readonly string[] StateFields = ["Status", "X-Status", "X-Keywords", "X-UID", "X-IMAPbase", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys"];

    private readonly List<string> _keywords = [];
    private ItemFlags _flags;

    private MboxHeader()
    {
    }

    /// <summary>The header without what belongs to the mailbox.</summary>
    public byte[] Octets { get; private set; } = [];

    /// <summary>The date to the microsecond, in our own exports.</summary>
    public DateTimeOffset? Date { get; private set; }

    /// <summary>The octets of the whole message, in our own exports.</summary>
    public long? Size { get; private set; }

    /// <summary>What our own export said about the kind.</summary>
    public string? Seal { get; private set; }

    /// <summary>How the line ends are to be taken.</summary>
    public LineEnds LineEnds { get; private set; } = LineEnds.Repair;

    /// <summary>Whether a mailer removed the message and only left its octets.</summary>
    public bool IsExpunged { get; private set; }

    /// <summary>Whether it is no message, but where UW IMAP and old Dovecots kept what they knew about the folder.</summary>
    public bool IsFolderData { get; private set; }

    /// <summary>Octets of the body, where mboxcl says so.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>The flags.</summary>
    public ItemFlags Flags => _flags;

    /// <summary>The keywords.</summary>
    public IReadOnlyList<string> Keywords => _keywords;

    /// <summary>Whether a header begins as our export begins one.</summary>
    public static bool IsOwn(MemoryStream octets) => octets.GetBuffer().AsSpan(0, (int)octets.Length).StartsWith("X-UnifiedMsg-Item: "u8);

    /// <summary>Reads a header with its line ends, without the empty line after it.</summary>
    public static MboxHeader Read(byte[] octets)
    {
        var header = new MboxHeader();
        int own = octets.AsSpan().StartsWith("X-UnifiedMsg-Item: "u8) ? header.ReadOwn(octets) : 0;
        // What our export wrote is at the top; whatever else is there is the message's own.
        bool keepsRest = own > 0 && header.ReadOwnState(octets, ref own);
        header.ReadFields(octets.AsMemory(own), keepsRest);
        return header;
    }

    /// <summary>The lines that our export puts before a message.</summary>
    public static byte[] Format(Item item, LineEnds ends, string? seal)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{OwnField}: date={item.InternalDate.ToUniversalTime():yyyy-MM-ddTHH:mm:ss.ffffffZ}; size={item.Size}; lines={(ends == LineEnds.AllCrLf ? "crlf" : "raw")}");
        if (seal is not null)
            text.Append("; kind=").Append(seal);
        text.Append("\nStatus: ").Append((item.Flags & ItemFlags.Seen) != 0 ? "RO" : "O");
        text.Append("\nX-Status: ").Append(Letter(item, ItemFlags.Answered, 'A')).Append(Letter(item, ItemFlags.Flagged, 'F'))
            .Append(Letter(item, ItemFlags.Deleted, 'D')).Append(Letter(item, ItemFlags.Draft, 'T'));
        text.Append("\nX-Keywords: ").AppendJoin(' ', item.Keywords).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Letter(Item item, ItemFlags flag, char letter) => (item.Flags & flag) != 0 ? letter.ToString() : "";

    private int ReadOwn(byte[] octets)
    {
        int end = octets.AsSpan().IndexOf((byte)'\n');
        foreach (string part in Encoding.ASCII.GetString(octets, 0, end < 0 ? octets.Length : end)[(OwnField.Length + 1)..].Split(';'))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string value = part[(equals + 1)..].Trim();
            switch (equals < 0 ? "" : part[..equals].Trim())
            {
                case "date" when DateTimeOffset.TryParseExact(
                    value, "yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date):
                    Date = date.ToUniversalTime();
                    break;
                case "size" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long size):
                    Size = size;
                    break;
                case "lines":
                    LineEnds = value == "crlf" ? LineEnds.AllCrLf : LineEnds.AsTheyAre;
                    break;
                case "kind":
                    Seal = value;
                    break;
            }
        }
        return end < 0 ? octets.Length : end + 1;
    }

    // A mailer that changed the flags has moved the fields to where it likes them; then there are none here.
    private bool ReadOwnState(byte[] octets, ref int position)
    {
        int begin = position;
        foreach (string name in (string[])["Status", "X-Status", "X-Keywords"])
        {
            ReadOnlySpan<byte> rest = octets.AsSpan(position);
            int end = rest.IndexOf((byte)'\n');
            if (end < 0 || !Encoding.ASCII.GetString(rest[..end]).StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                continue;
            Take(name, Encoding.UTF8.GetString(rest[(name.Length + 1)..end]).Trim());
            position += end + 1;
        }
        return position > begin;
    }

    private void ReadFields(ReadOnlyMemory<byte> octets, bool keepsAll)
    {
        var block = new HeaderBlock(octets);
        var kept = new MemoryStream(octets.Length);
        int copied = 0;
        for (int i = 0; i < block.Count && !keepsAll; i++)
        {
            string name = Encoding.ASCII.GetString(block.NameAt(i));
            bool isLength = name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase);
            if (isLength && long.TryParse(block.ValueAt(i), NumberStyles.None, CultureInfo.InvariantCulture, out long length))
                ContentLength = length;
            IsFolderData |= name.Equals("X-IMAP", StringComparison.OrdinalIgnoreCase);
            if (!isLength && !StateFields.Contains(name, StringComparer.OrdinalIgnoreCase))
                continue;
            Take(name, block.ValueAt(i));
            octets.Span.Overlaps(block.RawAt(i), out int start);
            kept.Write(octets.Span[copied..start]);
            copied = start + block.RawAt(i).Length;
        }
        kept.Write(octets.Span[copied..]);
        Octets = kept.ToArray();
    }

    private void Take(string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case "status":
                Set(value.Contains('R', StringComparison.Ordinal), ItemFlags.Seen);
                break;
            case "x-status":
                Set(value.Contains('A', StringComparison.Ordinal), ItemFlags.Answered);
                Set(value.Contains('F', StringComparison.Ordinal), ItemFlags.Flagged);
                Set(value.Contains('D', StringComparison.Ordinal), ItemFlags.Deleted);
                Set(value.Contains('T', StringComparison.Ordinal), ItemFlags.Draft);
                break;
            case "x-keywords" or "x-mozilla-keys":
                _keywords.AddRange(value.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries));
                break;
            case "x-mozilla-status" when int.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int bits):
                Set((bits & MozillaRead) != 0, ItemFlags.Seen);
                Set((bits & MozillaReplied) != 0, ItemFlags.Answered);
                Set((bits & MozillaMarked) != 0, ItemFlags.Flagged);
                IsExpunged = (bits & MozillaExpunged) != 0;
                if ((bits & MozillaForwarded) != 0)
                    _keywords.Add("$Forwarded");
                break;
        }
    }

    private void Set(bool isSet, ItemFlags flag) => _flags |= isSet ? flag : ItemFlags.None;
}

/// <summary>How the line ends of a message in an mbox file become those of the message.</summary>
internal enum LineEnds
{
    /// <summary>A file of another program: a bare LF is a line end (RFC 5322 §2.3 has CRLF only).</summary>
    Repair,

    /// <summary>Every line ended in CRLF and stands in the file with LF alone.</summary>
    AllCrLf,

    /// <summary>They stand in the file as they were.</summary>
    AsTheyAre,
}
