namespace UnifiedMsg.Store.Search;

/// <summary>What the store has and the index has not, and the other way round.</summary>
internal interface IIndexBacklog
{
    /// <summary>About how many contents are not indexed.</summary>
    ValueTask<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Some contents that are to be indexed next, ascending; none when all are.</summary>
    ValueTask<IReadOnlyList<IndexMark>> ReadNextAsync(int count, CancellationToken cancellationToken);

    /// <summary>Takes out of the index what the store has no more.</summary>
    /// <exception cref="Database.DamagedDatabaseException">It is the index of another store.</exception>
    ValueTask CompareAsync(CancellationToken cancellationToken);
}
