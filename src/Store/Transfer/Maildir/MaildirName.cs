using System.Globalization;
using System.Text.RegularExpressions;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>
/// The name of a file in a Maildir: a unique part, sizes, and flags: <c>1764259509.M12P3.host,S=400,W=410:2,FSa</c>. The letters D F P R S T are
/// flags, a to z keywords as Dovecot counts them. Systems without <c>:</c> in names write <c>;</c> or <c>!</c>.
/// </summary>
internal sealed partial class MaildirName
{
    private const string Host = ".unifiedmsg,";
    private const string Forwarded = "$Forwarded";

    private MaildirName(string unique) => Unique = unique;

    /// <summary>What stays the same when flags change.</summary>
    public string Unique { get; }

    /// <summary>System flags.</summary>
    public ItemFlags Flags { get; private set; }

    /// <summary>Keywords that have a letter of the standard.</summary>
    public List<string> Keywords { get; } = [];

    /// <summary>The letters of further keywords, as numbers from 0.</summary>
    public List<int> Letters { get; } = [];

    /// <summary>Octets with every line in CRLF, where the name says so.</summary>
    public long? WireSize { get; private set; }

    /// <summary>In our own exports, the date to the microsecond.</summary>
    public DateTimeOffset? Date { get; private set; }

    /// <summary>In our own exports, the place in the folder; else 0.</summary>
    public uint Uid { get; private set; }

    /// <summary>In our own exports, what vouches for the kind.</summary>
    public string? Seal { get; private set; }

    /// <summary>Reads a name; any name is one.</summary>
    public static MaildirName Read(string file)
    {
        Match info = Info().Match(file);
        var name = new MaildirName(info.Success ? file[..info.Index] : file);
        foreach (char letter in info.Success ? info.Groups[1].Value : "")
            name.Take(letter);
        if (Wire().Match(name.Unique) is { Success: true } wire && long.TryParse(wire.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            name.WireSize = size;
        if (name.Unique.Contains(Host, StringComparison.Ordinal) && Own().Match(name.Unique) is { Success: true } own
            && long.TryParse(own.Groups[1].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds)
            && seconds is >= -62135596800 and <= 253402300799)
        {
            name.Date = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(long.Parse(own.Groups[2].Value, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond);
            name.Uid = uint.TryParse(own.Groups[3].Value, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid) ? uid : 0;
            name.Seal = own.Groups[4].Success ? own.Groups[4].Value : null;
        }
        return name;
    }

    /// <summary>The unique part of an exported item: the same whenever it is exported.</summary>
    public static string UniqueOf(Item item, uint uidValidity, string? seal)
    {
        long micros = Database.DatabaseTime.ToMicroseconds(item.InternalDate);
        long seconds = (long)Math.Floor(micros / 1_000_000m);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{seconds}.M{micros - (seconds * 1_000_000):D6}V{uidValidity}U{item.Uid:D10}{Host}S={item.Size},W={item.Size}{(seal is null ? "" : ",K=" + seal)}");
    }

    /// <summary>The end of a name, with the letters in their order.</summary>
    public static string Suffix(ItemFlags flags, IReadOnlyCollection<string> keywords, IEnumerable<int> letters)
    {
        var text = new List<char>();
        Add(text, 'D', (flags & ItemFlags.Draft) != 0);
        Add(text, 'F', (flags & ItemFlags.Flagged) != 0);
        Add(text, 'P', keywords.Contains(Forwarded));
        Add(text, 'R', (flags & ItemFlags.Answered) != 0);
        Add(text, 'S', (flags & ItemFlags.Seen) != 0);
        Add(text, 'T', (flags & ItemFlags.Deleted) != 0);
        return $":2,{string.Concat(text)}{string.Concat(letters.Order().Select(letter => (char)('a' + letter)))}";
    }

    /// <summary>Whether a keyword has a letter of the standard.</summary>
    public static bool HasLetter(string keyword) => keyword == Forwarded;

    private static void Add(List<char> text, char letter, bool isSet)
    {
        if (isSet)
            text.Add(letter);
    }

    private void Take(char letter)
    {
        Flags |= letter switch
        {
            'D' => ItemFlags.Draft,
            'F' => ItemFlags.Flagged,
            'R' => ItemFlags.Answered,
            'S' => ItemFlags.Seen,
            'T' => ItemFlags.Deleted,
            _ => ItemFlags.None,
        };
        if (letter == 'P')
            Keywords.Add(Forwarded);
        if (letter is >= 'a' and <= 'z')
            Letters.Add(letter - 'a');
    }

    [GeneratedRegex("[:;!]2,([A-Za-z]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Info();

    [GeneratedRegex(",W=([0-9]{1,18})(,|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Wire();

    [GeneratedRegex(@"^(-?[0-9]{1,13})\.M([0-9]{6})V[0-9]+U([0-9]+)\.unifiedmsg,S=[0-9]+,W=[0-9]+(?:,K=([0-9]+\.[0-9a-f]+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Own();
}
