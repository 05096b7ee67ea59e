namespace UnifiedMsg.Store.Maintenance;

/// <summary>What a check of the store found.</summary>
/// <param name="Folders">Folders looked at.</param>
/// <param name="Items">Items looked at.</param>
/// <param name="Contents">Contents whose octets were hashed.</param>
/// <param name="Problems">What is wrong; at most <see cref="MaxProblems"/> are listed.</param>
/// <param name="Counts">How many problems of each kind there are, listed or not.</param>
/// <param name="Notes">What is as it should be, but may be asked about.</param>
public sealed record StoreReport(
    long Folders, long Items, long Contents, IReadOnlyList<StoreProblem> Problems, IReadOnlyDictionary<string, long> Counts,
    IReadOnlyList<string> Notes)
{
    /// <summary>Past it a list helps nobody any more.</summary>
    public const int MaxProblems = 1000;

    /// <summary>Problems that are still there.</summary>
    public long Unmended => Counts.Values.Sum() - Problems.Count(problem => problem.Repair is not null);
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Kind">What kind, such as <c>folder-counters</c>.</param>
/// <param name="Id">The id of the folder, item or content; 0 when it has none.</param>
/// <param name="Text">What is wrong, for people.</param>
/// <param name="Repair">How it was mended; null when it was not.</param>
public sealed record StoreProblem(string Kind, long Id, string Text, string? Repair = null)
{
    /// <inheritdoc/>
    public override string ToString() => Repair is null ? $"{Kind}: {Text}" : $"{Kind}: {Text}; mended: {Repair}";
}
