using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace UnifiedMsg.Store.Transfer;

/// <summary>Names of folders as names of files that every system takes and that lead nowhere else.</summary>
internal static class ExportNames
{
    /// <summary>Octets of a name: file systems have 255, and our own endings need some.</summary>
    public const int MaxOctets = 200;

    private const string Unsafe = "%/\\:*?\"<>|";

    // A folder must not look like one of the files beside it.
    private static readonly string[] OurEndings = [".mbox", ".sbd", ".eml", ".jsonl", ".part"];

    /// <summary>One level of a path: what is unsafe stands as <c>%</c> and two hexadecimal digits.</summary>
    public static string Level(string level)
    {
        var name = new StringBuilder(level.Length);
        for (int i = 0; i < level.Length; i++)
        {
            bool isEdgeDot = level[i] == '.' && (i == 0 || i == level.Length - 1 || OurEndings.Contains(level[i..].ToLowerInvariant()));
            bool isEdgeSpace = level[i] == ' ' && i == level.Length - 1;
            if (isEdgeDot || isEdgeSpace || char.IsControl(level[i]) || Unsafe.Contains(level[i], StringComparison.Ordinal))
                name.Append(CultureInfo.InvariantCulture, $"%{(int)level[i]:X2}");
            else
                name.Append(level[i]);
        }
        return Shorten(name.ToString());
    }

    /// <summary>A name that is too long for a file, cut off and made unique again.</summary>
    public static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxOctets)
            return name;
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16];
        var cut = new StringBuilder();
        int octets = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            octets += rune.Utf8SequenceLength;
            if (octets > MaxOctets - mark.Length - 1)
                break;
            cut.Append(rune);
        }
        return $"{cut}~{mark}";
    }
}
