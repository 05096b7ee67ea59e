namespace UnifiedMsg.Store;

/// <summary>The top level names under which people see folders that are not their own. A folder of one's own with such a name would hide them.</summary>
public static class SharedTrees
{
    /// <summary>Above the folders of others.</summary>
    public const string OtherUsers = "Other Users";

    /// <summary>Above the public folders.</summary>
    public const string Public = "Shared";

    /// <summary>Whether the first level of a path is one of them.</summary>
    public static bool Have(string path)
    {
        int end = path.IndexOf('/', StringComparison.Ordinal);
        return (end < 0 ? path : path[..end]) is OtherUsers or Public;
    }
}
