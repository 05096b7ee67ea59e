namespace UnifiedMsg.Store.Folders;

/// <summary>Paths of folders: levels separated by <c>/</c>.</summary>
internal static class FolderPath
{
    public const string Inbox = "INBOX";
    public const char Separator = '/';

    private const int MaxLength = 1000; // With the other arguments it fits an IMAP command line of 8 KiB in any encoding.
    private const int MaxDepth = 50;

    /// <summary>The path as it is stored. RFC 9051 §5.1: INBOX is the same in any case; below it we say so too, lest two trees look alike.</summary>
    public static string Normalize(string path)
    {
        int end = path.IndexOf(Separator);
        ReadOnlySpan<char> first = end < 0 ? path : path.AsSpan(0, end);
        return first.Equals(Inbox, StringComparison.OrdinalIgnoreCase) ? string.Concat(Inbox, path.AsSpan(Inbox.Length)) : path;
    }

    /// <summary>The normal form of a path under which a folder may be made.</summary>
    /// <exception cref="StoreException">The path is malformed.</exception>
    public static string Require(string path)
    {
        string normal = Normalize(path);
        string[] levels = normal.Split(Separator);
        if (normal.Length > MaxLength || levels.Length > MaxDepth)
            throw new StoreException(StoreError.InvalidFolder, $"A folder name has at most {MaxLength} characters and {MaxDepth} levels.");
        if (levels.Any(string.IsNullOrWhiteSpace))
            throw new StoreException(StoreError.InvalidFolder, "A level of a folder name can't be empty.");
        if (normal.Any(c => char.IsControl(c) || c == '\uFFFD'))
            throw new StoreException(StoreError.InvalidFolder, "A folder name can't contain control characters.");
        return normal;
    }

    /// <summary>The levels above, outermost first: <c>a</c>, <c>a/b</c> of <c>a/b/c</c>.</summary>
    public static IEnumerable<string> Parents(string path)
    {
        for (int i = path.IndexOf(Separator); i >= 0; i = path.IndexOf(Separator, i + 1))
            yield return path[..i];
    }

    public static bool IsBelow(string path, string parent) =>
        path.Length > parent.Length && path[parent.Length] == Separator && path.StartsWith(parent, StringComparison.Ordinal);
}
