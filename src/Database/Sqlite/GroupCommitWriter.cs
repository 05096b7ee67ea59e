using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// The one writer. It takes whatever units wait, runs each in its own savepoint, commits them together, and only then
/// completes them. A lone unit is committed at once: the batch is what came while the last commit was being synced.
/// </summary>
/// <remarks>A thread of its own, because it spends its life in fsync, and a starved thread pool must not hold up commits.</remarks>
internal sealed partial class GroupCommitWriter : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly SqliteOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;
    private readonly BlockingCollection<WorkUnit> _queue = [];
    private readonly List<WorkUnit> _batch = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GroupCommitWriter(
        Connection connection, Checkpointer checkpointer, SqliteOptions options, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _checkpointer = checkpointer;
        _options = options;
        _time = time;
        _logger = logger;
        _slots = new SemaphoreSlim(options.QueueLength);
        new Thread(Run) { Name = "database writer", IsBackground = true }.Start();
    }

    public async Task<T> SubmitAsync<T>(Func<IWriteSession, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var unit = new WorkUnit<T>(work);
        try
        {
            _queue.Add(unit, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            _slots.Release();
            throw new ObjectDisposedException(nameof(SqliteDatabase), "The database is being closed.");
        }
        using CancellationTokenRegistration withdrawal = cancellationToken.UnsafeRegister(
            static (state, token) => ((WorkUnit<T>)state!).Cancel(token), unit);
        return await unit.Task;
    }

    /// <summary>Runs what waits to its end, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _stopped.Task;
        _queue.Dispose();
        // The semaphore stays: who waits for a slot is let through one after the other and told that the queue is closed.
    }

    private void Run()
    {
        foreach (WorkUnit first in _queue.GetConsumingEnumerable())
        {
            _slots.Release();
            RunBatch(first);
            _checkpointer.AfterCommit(_connection);
        }
        _stopped.SetResult();
    }

    private void RunBatch(WorkUnit first)
    {
        try
        {
            Begin(first);
            RunUnits(first);
            if (_connection.InTransaction)
                _connection.Execute("COMMIT");
        }
        catch (SqliteException fault)
        {
            Abandon(fault);
            return;
        }
        foreach (WorkUnit unit in _batch)
            Acknowledge(unit);
        _batch.Clear();
    }

    // The unit is in the batch for as long as this lasts, so that a fault of the statement reaches its caller.
    private void Begin(WorkUnit first)
    {
        _batch.Add(first);
        _connection.Execute("BEGIN IMMEDIATE");
        _batch.Clear();
    }

    private void RunUnits(WorkUnit first)
    {
        long started = _time.GetTimestamp();
        WorkUnit? unit = first;
        int taken = 0;
        while (!unit.TryStart() || Run(unit))
        {
            if (++taken >= _options.MaxUnitsPerCommit || _time.GetElapsedTime(started) >= _options.MaxTimePerCommit
                || !_queue.TryTake(out unit))
                return;
            _slots.Release();
        }
    }

    /// <summary>False when the transaction ended with the unit.</summary>
    private bool Run(WorkUnit unit)
    {
        // The first unit of a transaction has it for itself: to undo the unit is to undo all that there is. A savepoint keeps a copy of
        // each page that the unit touches, which a lone unit need not pay for.
        bool alone = _batch.Count == 0;
        // In the batch from here on, so that a fault of the savepoint's own statements reaches its caller too.
        _batch.Add(unit);
        if (!alone)
            _connection.Execute("SAVEPOINT unit");
        try
        {
            unit.Run(_connection);
        }
        catch (Exception reason) when (_connection.InTransaction)
        {
            _connection.Execute(alone ? "ROLLBACK" : "ROLLBACK TO unit");
            if (!alone)
                _connection.Execute("RELEASE unit");
            _batch.RemoveAt(_batch.Count - 1);
            unit.Fail(reason);
            return !alone;
        }
        catch (Exception reason) when (reason is not SqliteException)
        {
            throw new SqliteException($"The transaction was rolled back under a unit: {reason.Message}", SQLitePCL.raw.SQLITE_ABORT);
        }
        if (!alone)
            _connection.Execute("RELEASE unit");
        return true;
    }

    /// <summary>Nothing of the batch was committed, so nothing of it was acknowledged: all of its callers get the fault.</summary>
    private void Abandon(SqliteException fault)
    {
        Log.CommitFailed(_logger, _batch.Count, fault);
        _checkpointer.CommitFailed();
        if (_connection.InTransaction)
        {
            try
            {
                _connection.Execute("ROLLBACK");
            }
            catch (SqliteException rollbackFault)
            {
                Log.RollbackFailed(_logger, rollbackFault);
            }
        }
        foreach (WorkUnit unit in _batch)
            unit.Fail(new DatabaseException($"The commit failed, nothing was stored: {fault.Message}", fault));
        _batch.Clear();
    }

    private void Acknowledge(WorkUnit unit)
    {
        foreach (Action action in unit.Committed)
        {
            try
            {
                action();
            }
            catch (Exception fault)
            {
                // What is committed is committed; the unit's caller must hear so whatever a listener does.
                Log.ListenerFailed(_logger, fault);
            }
        }
        unit.Complete();
    }

    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Error, "A commit of {Units} units failed; none of them was acknowledged")]
        public static partial void CommitFailed(ILogger logger, int units, Exception fault);

        [LoggerMessage(2001, LogLevel.Critical, "A failed commit could not be rolled back")]
        public static partial void RollbackFailed(ILogger logger, Exception fault);

        [LoggerMessage(2002, LogLevel.Error, "A listener of committed changes failed")]
        public static partial void ListenerFailed(ILogger logger, Exception fault);
    }
}
