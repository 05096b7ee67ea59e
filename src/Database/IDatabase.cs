namespace UnifiedMsg.Database;

/// <summary>
/// The one way to durable state. Units of work go through a bounded queue to the writer, which commits many of them
/// under one fsync; readers see a consistent snapshot and never wait for the writer.
/// </summary>
public interface IDatabase : IAsyncDisposable
{
    /// <summary>
    /// Runs <paramref name="unit"/> in a transaction and completes once it would survive a power cut. If it throws,
    /// only this unit is undone and the exception reaches the caller.
    /// </summary>
    /// <remarks>
    /// A unit may run beside others under one commit, each in its own savepoint, so it must not do I/O of its own,
    /// wait for anything but its session, or keep the session after it returned.
    /// </remarks>
    /// <param name="unit">The work. It gets the session that it must use for every statement.</param>
    /// <param name="cancellationToken">Withdraws the unit while it still waits in the queue; a unit that began runs to its end.</param>
    Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default);

    /// <summary>Runs <paramref name="query"/> against one consistent snapshot of what is committed.</summary>
    ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default);
}
