namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Matches names against LIST patterns: <c>*</c> is anything, <c>%</c> anything within one level. RFC 9051 §6.3.9.</summary>
internal static class ListPattern
{
    /// <summary>The separator of levels.</summary>
    public const char Separator = '/';

    /// <summary>Whether the name matches; INBOX in any case.</summary>
    public static bool Matches(string pattern, string name)
    {
        if (MatchesExactly(pattern, name)) return true;
        return name.StartsWith("INBOX", StringComparison.Ordinal) && pattern.StartsWith("inbox", StringComparison.OrdinalIgnoreCase)
            && MatchesExactly("INBOX" + pattern[5..], name);
    }

    // One row of states instead of back-tracking: time is pattern times name, whatever a client sends.
    private static bool MatchesExactly(string pattern, string name)
    {
        var reached = new bool[name.Length + 1];
        reached[0] = true;
        foreach (var p in pattern)
        {
            if (p is '*' or '%')
            {
                for (var i = 1; i <= name.Length; i++)
                    reached[i] |= reached[i - 1] && (p == '*' || name[i - 1] != Separator);
                continue;
            }

            for (var i = name.Length; i > 0; i--) reached[i] = reached[i - 1] && name[i - 1] == p;
            reached[0] = false;
        }

        return reached[^1];
    }
}
