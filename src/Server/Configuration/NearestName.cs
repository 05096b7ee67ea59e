namespace UnifiedMsg.Server.Configuration;

/// <summary>Finds what somebody probably meant to write.</summary>
internal static class NearestName
{
    /// <summary>"; did you mean X?" when a known name is near, else the list of what is known.</summary>
    public static string Hint(string written, IEnumerable<string> known)
    {
        var names = known.ToArray();
        var (name, distance) = names.Select(each => (each, Distance(written.ToLowerInvariant(), each.ToLowerInvariant()))).MinBy(pair => pair.Item2);
        // A third of the letters wrong is still a slip; more is another word.
        return name is not null && distance <= Math.Max(1, written.Length / 3)
            ? $"; did you mean {name}?"
            : $"; known here: {string.Join(", ", names)}";
    }

    // The restricted edit distance (insert, delete, replace, swap neighbours).
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}
