namespace UnifiedMsg.Store.Search;

/// <summary>Where the index of a running server is kept: opened, given to one server at a time to write, and thrown away when it is damaged.</summary>
internal interface IIndexHome : IAsyncDisposable
{
    /// <summary>What people know it by.</summary>
    string Name { get; }

    /// <summary>Whether searches of this server may use what is there.</summary>
    bool IsUsable { get; }

    /// <summary>Whether what was opened is still where it is looked for.</summary>
    bool IsThere { get; }

    /// <summary>For how long to wait for a change before looking again.</summary>
    TimeSpan LongestWait { get; }

    /// <summary>Opens it, and makes it where this server is the one that writes it and there is none.</summary>
    ValueTask<(ISearchIndex Index, IIndexBacklog Backlog)> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Whether this server is the one that writes it, now.</summary>
    ValueTask<bool> WritesAsync(CancellationToken cancellationToken);

    /// <summary>Puts a damaged one away. What was opened is closed before.</summary>
    ValueTask DiscardAsync(CancellationToken cancellationToken);
}
