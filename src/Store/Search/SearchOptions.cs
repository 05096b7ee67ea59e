namespace UnifiedMsg.Store.Search;

/// <summary>How the search index is kept.</summary>
public sealed record SearchOptions
{
    /// <summary>The file of the index. It can be made anew, and has the words of all messages in it.</summary>
    public required string File { get; init; }

    /// <summary>Percent of the time that indexing may take while it has much to catch up with; the rest is left to deliveries.</summary>
    public int Pace { get; init; } = 50;

    /// <summary>How often the index is compared with the store, to remove what is gone.</summary>
    public TimeSpan CompareInterval { get; init; } = TimeSpan.FromHours(1);
}
