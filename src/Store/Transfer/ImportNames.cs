using System.Text;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Transfer;

/// <summary>Makes names of other systems into names that every protocol of ours can say.</summary>
internal static class ImportNames
{
    // What FolderPath admits.
    private const int MaxLength = 1000;
    private const int MaxDepth = 50;
    private const int MaxKeyword = 255;

    /// <summary>The nearest path under which a folder may be made. A name that would hide the folders of others gets a mark.</summary>
    public static string Folder(string path)
    {
        var levels = path.Split(FolderPath.Separator).Select(level => Clean(level).Trim()).Where(level => level.Length > 0).Take(MaxDepth).ToList();
        if (levels.Count > 0 && SharedTrees.Have(levels[0]))
            levels[0] += "_";
        string clean = string.Join(FolderPath.Separator, levels);
        if (clean.Length > MaxLength)
            clean = Clean(clean[..MaxLength]).TrimEnd(FolderPath.Separator, ' ');
        return clean.Length == 0 ? "Imported" : FolderPath.Normalize(clean);
    }

    /// <summary>The nearest keyword, or null when nothing is left. RFC 9051 §9: an atom, <c>flag-keyword</c>.</summary>
    public static string? Keyword(string keyword)
    {
        string atom = string.Concat(keyword.Select(each => each is > ' ' and <= '~' && !"(){%*\"\\]".Contains(each, StringComparison.Ordinal) ? each : '_'));
        return atom.Length == 0 ? null : atom.Length <= MaxKeyword ? atom : atom[..MaxKeyword];
    }

    // Half a surrogate pair can't be written in UTF-8.
    private static string Clean(string level)
    {
        var clean = new StringBuilder(level.Length);
        foreach (Rune rune in level.EnumerateRunes())
            clean.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? "_" : rune.ToString());
        return clean.ToString();
    }
}
