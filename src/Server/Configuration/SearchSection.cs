namespace UnifiedMsg.Server.Configuration;

/// <summary>The search index.</summary>
public sealed record SearchSection
{
    /// <summary>Whether there is an index.</summary>
    [Option("Keep an index in search.db in the data folder. It has the words of all messages in it, unencrypted whatever is encrypted elsewhere; without it searches find the same and read every message for it. It needs no backup.")]
    public bool Index { get; init; } = true;

    /// <summary>The pace.</summary>
    [Option("Percent of one processor that making the index may take while it has much to catch up with.", Minimum = "1", Maximum = "100")]
    public int Pace { get; init; } = 50;
}
