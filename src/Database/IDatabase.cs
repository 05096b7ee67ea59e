namespace UnifiedMsg.Database;

/// <summary>
/// The one way to durable state. On SQLite units of work go through a bounded queue to the one writer, which commits many of them
/// under one fsync; on PostgreSQL each is a transaction of its own, or shares one with those that lock the same, a bounded number at once, and
/// other servers write too. Readers see a consistent snapshot and never wait for writers.
/// </summary>
public interface IDatabase : IAsyncDisposable
{
    /// <summary>
    /// Runs <paramref name="unit"/> in a transaction and completes once it would survive a power cut. If it throws,
    /// only this unit is undone and the exception reaches the caller.
    /// </summary>
    /// <remarks>
    /// A unit may run beside others under one commit, so it must not do I/O of its own, wait for anything but its session, or keep the
    /// session after it returned. It is run again from its beginning when another under the same commit fails, when it met another
    /// one or when the connection broke: it must not change anything outside but by <see cref="IWriteSession.OnCommitted"/>.
    /// On PostgreSQL it runs beside the units of others, so it locks what it reads before it changes it (see
    /// <see cref="IWriteSession"/>). A statement that failed ends it. On SQLite it may run on the caller's thread, before this returns.
    /// </remarks>
    /// <exception cref="DatabaseException">The commit failed, or the server can't be reached: nothing was stored.</exception>
    /// <exception cref="UncertainCommitException">The connection broke during the commit, and it could not be found out whether it was stored.</exception>
    /// <param name="unit">The work. It gets the session that it must use for every statement.</param>
    /// <param name="cancellationToken">Withdraws the unit while it still waits in the queue; a unit that began runs to its end.</param>
    Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="WriteAsync"/>, for a unit that changes hundreds of rows or more: where units run one after the other, all
    /// small ones that wait go before it, and it has a commit for itself.</summary>
    Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="WriteAsync"/>, for a unit that locks what many others lock: where each unit has a transaction of its own, those of
    /// the same key that wait at the same time share one, instead of waiting for each other's commits.</summary>
    /// <param name="key">Stands for what is locked. It changes nothing but the speed.</param>
    /// <param name="unit">The work.</param>
    /// <param name="cancellationToken">Withdraws it while it waits.</param>
    Task<T> WriteTogetherAsync<T>(long key, Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
        WriteAsync(unit, cancellationToken);

    /// <summary>Runs <paramref name="query"/> against one consistent snapshot of what is committed. When the connection breaks it is run
    /// again from its beginning, so it changes nothing outside.</summary>
    ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="ReadAsync"/>, for a query of at most one statement: on PostgreSQL it is one turn to the server, and a transaction
    /// around it would be another.</summary>
    ValueTask<T> ReadOneAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default) =>
        ReadAsync(query, cancellationToken);

    /// <summary>Whether arguments may be arrays, as in <c>= ANY(@p0)</c>.</summary>
    bool TakesArrays => false;

    /// <summary>Hears what other servers on the same database say by <see cref="IWriteSession.Notify"/>, soon after their commits; units that
    /// commit at nearly the same time may be heard of in another order. SQLite has no others.</summary>
    /// <param name="topic">Which notices: letters and digits.</param>
    /// <param name="onNotice">Gets the text; null when some may have been missed, so that everything has to be looked at again. If
    /// it throws then, it is called again later.</param>
    IDisposable Listen(string topic, Func<string?, ValueTask> onNotice);
}
