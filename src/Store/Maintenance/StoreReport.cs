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

/// <summary>Where people meet a problem: a message, a folder, or a whole mailbox.</summary>
/// <param name="AccountId">Whose.</param>
/// <param name="Folder">The path of the folder; null for the whole mailbox.</param>
public sealed record ProblemPlace(long AccountId, string? Folder = null)
{
    /// <summary>The address of the mailbox; null until somebody who knows the accounts has looked it up, or when none has this id.</summary>
    public string? Address { get; init; }

    /// <summary>The message's UID; 0 for a folder or mailbox, and for what was deleted.</summary>
    public long Uid { get; init; }

    /// <summary>The message's subject; null when it is lost, or not of a message.</summary>
    public string? Subject { get; init; }

    /// <summary>When the message came.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Whether the message was deleted from the folder and can still be put back.</summary>
    public bool IsDeleted { get; init; }
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Kind">What kind, such as <c>folder-counters</c>.</param>
/// <param name="Id">The id of the folder, item or content; 0 when it has none.</param>
/// <param name="Text">What is wrong, for people.</param>
/// <param name="Repair">How it was mended; null when it was not.</param>
public sealed record StoreProblem(string Kind, long Id, string Text, string? Repair = null)
{
    /// <summary>Whether a repair knows what to do about it.</summary>
    public bool CanMend { get; init; }

    /// <summary>Where people meet it: the first of <see cref="PlaceCount"/> places.</summary>
    public IReadOnlyList<ProblemPlace> Places { get; init; } = [];

    /// <summary>How many places there are.</summary>
    public long PlaceCount { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Repair is null ? $"{Kind}: {Text}" : $"{Kind}: {Text}; mended: {Repair}";
}
