namespace UnifiedMsg.Store.Search;

/// <summary>What the search index is doing.</summary>
public enum SearchState
{
    /// <summary>There is none: every search reads messages.</summary>
    Off,

    /// <summary>It is made, or catches up with much.</summary>
    Building,

    /// <summary>It has everything, or will within moments.</summary>
    Current,

    /// <summary>It can't be used or written; searches read messages, and it is tried again.</summary>
    Failed,
}

/// <summary>How the search index stands. Whatever it lacks, searches are exact.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Behind">About how many contents are not indexed yet.</param>
/// <param name="LagSeconds">For how long something has waited to be indexed.</param>
/// <param name="Octets">What it takes on the disk.</param>
public sealed record SearchStatus(SearchState State, long Behind, long LagSeconds, long Octets)
{
    /// <summary>Whether all that makes it quicker is done: it is so some time after much was indexed.</summary>
    public bool IsTidy { get; init; }
}
