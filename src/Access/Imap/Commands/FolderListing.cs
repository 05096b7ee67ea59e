using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>A name that LIST may tell.</summary>
/// <param name="Path">The name.</param>
/// <param name="Folder">The folder, or null for a level that only has folders below it.</param>
/// <param name="HasChildren">Whether there are folders below it.</param>
/// <param name="MayRead">Whether it may be read.</param>
internal sealed record ListedFolder(string Path, Folder? Folder, bool HasChildren, bool MayRead = false);

/// <summary>The tree of an account's folders as LIST sees it.</summary>
internal static class FolderListing
{
    /// <summary>The folders in their order, with the levels that are missing above some of them.</summary>
    public static List<ListedFolder> Build(IReadOnlyList<SharedFolder> visible)
    {
        var folders = visible.Select(v => v.Folder).ToList();
        var byPath = folders.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            for (var end = folder.Path.LastIndexOf(ListPattern.Separator); end > 0; end = folder.Path.LastIndexOf(ListPattern.Separator, end - 1))
                parents.Add(folder.Path[..end]);
        }

        var listed = visible
            .Select(v => new ListedFolder(v.Folder.Path, v.Folder, parents.Contains(v.Folder.Path), (v.Rights & FolderRights.Read) != 0)).ToList();
        listed.AddRange(parents.Where(p => !byPath.ContainsKey(p)).Order(StringComparer.Ordinal).Select(p => new ListedFolder(p, null, true)));
        return listed;
    }

    /// <summary>The use that an attribute (without its backslash, in any case) stands for; null for one that we do not have.</summary>
    public static SpecialUse? SpecialUseOf(string attribute) =>
        Enum.TryParse<SpecialUse>(attribute, ignoreCase: true, out var use) && SpecialUseName(use) is { } name
            && name.AsSpan(1).Equals(attribute, StringComparison.OrdinalIgnoreCase) ? use : null;

    /// <summary>The RFC 6154 attribute of a folder, or null.</summary>
    public static string? SpecialUseName(SpecialUse use) => use switch
    {
        SpecialUse.Drafts => "\\Drafts",
        SpecialUse.Sent => "\\Sent",
        SpecialUse.Trash => "\\Trash",
        SpecialUse.Junk => "\\Junk",
        SpecialUse.Archive => "\\Archive",
        _ => null,
    };
}
