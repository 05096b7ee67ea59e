namespace UnifiedMsg.Store.Items;

/// <summary>User-defined flags: unique in any case, the first spelling stays. Stored as words with a space between, none as NULL.</summary>
internal static class Keywords
{
    public static IReadOnlyList<string> Parse(string? stored) => stored is null ? [] : stored.Split(' ');

    public static string? Format(IReadOnlyList<string> keywords) => keywords.Count == 0 ? null : string.Join(' ', keywords);

    /// <summary>The list without doubles, or a refusal of what could not be stored.</summary>
    public static IReadOnlyList<string> Require(IReadOnlyList<string>? keywords, int max)
    {
        if (keywords is null || keywords.Count == 0)
            return [];
        // RFC 9051 §9: flag-keyword is an atom, which has neither spaces nor control characters.
        if (keywords.Any(keyword => keyword.Length is 0 or > 255 || keyword.Any(c => c <= ' ' || char.IsControl(c))))
            throw new ArgumentException("A keyword is an atom of 1 to 255 characters.", nameof(keywords));
        return Limit([.. keywords.Distinct(StringComparer.OrdinalIgnoreCase)], max);
    }

    public static IReadOnlyList<string> Apply(IReadOnlyList<string> current, FlagMode mode, IReadOnlyList<string> given, int max) => mode switch
    {
        FlagMode.Replace => given,
        _ when given.Count == 0 => current,
        FlagMode.Add => Limit([.. current.Union(given, StringComparer.OrdinalIgnoreCase)], max),
        _ => [.. current.Except(given, StringComparer.OrdinalIgnoreCase)],
    };

    public static bool AreSame(IReadOnlyList<string> a, IReadOnlyList<string> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && !a.Except(b, StringComparer.OrdinalIgnoreCase).Any());

    private static string[] Limit(string[] keywords, int max) => keywords.Length <= max
        ? keywords
        : throw new StoreException(StoreError.LimitReached, $"An item has at most {max} keywords.");
}
