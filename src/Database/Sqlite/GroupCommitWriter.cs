using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// The one writer. It takes whatever units wait, commits them together, and only then completes them. A lone unit is committed at once: the
/// batch is what came while the last commit was being synced. A unit that fails undoes only itself: as a rule it has changed nothing
/// yet; if it has, the batch is undone and run again without it.
/// </summary>
/// <remarks>A thread of its own, because it spends its life in fsync, and a starved thread pool must not hold up commits. Only a caller that
/// is alone, on a quick disk, does the writer's work itself: to hand a unit over and its result back would cost two wake-ups of threads.</remarks>
internal sealed partial class GroupCommitWriter : IAsyncDisposable
{
    /// <summary>Beside a slower commit the wake-ups of threads do not count, and a thread of the pool should not sleep for so long.</summary>
    private static readonly TimeSpan QuickCommit = TimeSpan.FromMilliseconds(1);

    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly SqliteOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;

    // A large unit waits beside the queue, which has this in its place.
    private readonly WorkUnit<bool> _mark = new(_ => ValueTask.FromResult(true));
    private readonly BlockingCollection<WorkUnit> _queue = [];
    private readonly ConcurrentQueue<WorkUnit> _large = new();
    private readonly List<WorkUnit> _batch = [];

    // Whoever has it is the writer.
    private readonly SemaphoreSlim _turn = new(1);

    // The commit before was quick and of one unit.
    private volatile bool _isAlone;

    // Only for the rest of a batch in which a unit has failed: a savepoint keeps a copy of each page that a unit touches.
    private bool _inSavepoints;
    private int _largeWaiting;
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

    /// <param name="work">The unit.</param>
    /// <param name="isLarge">Whether the small ones that wait go before it.</param>
    /// <param name="cancellationToken">Withdraws it while it waits.</param>
    public async Task<T> SubmitAsync<T>(Func<IWriteSession, ValueTask<T>> work, bool isLarge, CancellationToken cancellationToken)
    {
        var unit = new WorkUnit<T>(work);
        if (!isLarge && !cancellationToken.IsCancellationRequested && TryRunHere(unit))
            return await unit.Task;
        await _slots.WaitAsync(cancellationToken);
        if (isLarge)
            _large.Enqueue(unit);
        try
        {
            _queue.Add(isLarge ? _mark : unit, CancellationToken.None);
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
        while (_largeWaiting > 0 || !_queue.IsCompleted)
        {
            bool isThere = TryTake(wait: _largeWaiting == 0, out WorkUnit? first);
            _turn.Wait();
            if (isThere)
            {
                _slots.Release();
                RunBatch(first!);
            }
            // One at a time, so that what came meanwhile waits for no more than that one, and large ones go on whatever comes.
            if (_largeWaiting > 0 && _large.TryDequeue(out WorkUnit? large))
            {
                _largeWaiting--;
                RunBatch(large, isByItself: true);
            }
            _turn.Release();
        }
        // Whoever has the turn now is the last.
        _turn.Wait();
        _stopped.SetResult();
    }

    // On the caller's thread, if nobody else wants to write. Threads that are not of the pool have duties of their own.
    private bool TryRunHere(WorkUnit unit)
    {
        if (!_isAlone || !Thread.CurrentThread.IsThreadPoolThread || !_turn.Wait(0))
            return false;
        try
        {
            // Whoever waits has his slot until the writer has the turn.
            if (_slots.CurrentCount < _options.QueueLength || _queue.IsAddingCompleted)
                return false;
            RunBatch(unit, isByItself: true);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    // The next small unit. It keeps its slot.
    private bool TryTake(bool wait, [NotNullWhen(true)] out WorkUnit? unit)
    {
        while (_queue.TryTake(out unit, wait ? Timeout.Infinite : 0))
        {
            if (unit != _mark)
                return true;
            _slots.Release();
            _largeWaiting++;
            wait = false;
        }
        return false;
    }

    private void RunBatch(WorkUnit first, bool isByItself = false)
    {
        long started = _time.GetTimestamp();
        try
        {
            Begin(first);
            if (!isByItself)
                RunUnits(first, started);
            else if (first.TryStart())
                Run(first);
            if (_connection.InTransaction)
                _connection.Execute("COMMIT");
            _isAlone = _batch.Count <= 1 && _time.GetElapsedTime(started) < QuickCommit;
            foreach (WorkUnit unit in _batch)
                Acknowledge(unit);
        }
        catch (SqliteException fault)
        {
            _isAlone = false;
            Abandon(fault);
        }
        _batch.Clear();
        _inSavepoints = false;
        _checkpointer.AfterCommit(_connection);
    }

    // The unit is in the batch for as long as this lasts, so that a fault of the statement reaches its caller.
    private void Begin(WorkUnit first)
    {
        _batch.Add(first);
        _connection.Execute("BEGIN IMMEDIATE");
        _batch.Clear();
    }

    private void RunUnits(WorkUnit first, long started)
    {
        WorkUnit? unit = first;
        for (int taken = 1; ; taken++)
        {
            if (unit.TryStart())
                Run(unit);
            if (taken == _options.MaxUnitsPerCommit || _time.GetElapsedTime(started) >= _options.MaxTimePerCommit || !TryTake(wait: false, out unit))
                return;
            _slots.Release();
        }
    }

    private void Run(WorkUnit unit)
    {
        int changedBefore = _connection.RowsChanged;
        // In the batch from here on, so that a fault of the savepoint's own statements reaches its caller too.
        _batch.Add(unit);
        bool inSavepoint = _inSavepoints;
        if (inSavepoint)
            _connection.Execute("SAVEPOINT unit");
        try
        {
            RunOnce(unit);
        }
        catch (Exception reason) when (_connection.InTransaction)
        {
            _batch.RemoveAt(_batch.Count - 1);
            if (inSavepoint)
                _connection.Execute("ROLLBACK TO unit");
            else if (_connection.RowsChanged != changedBefore)
                RunAgainWithoutLast();
            unit.Fail(reason);
        }
        catch (Exception reason) when (reason is not SqliteException)
        {
            throw new SqliteException($"The transaction was rolled back under a unit: {reason.Message}", SQLitePCL.raw.SQLITE_ABORT);
        }
        if (inSavepoint)
            _connection.Execute("RELEASE unit");
    }

    private void RunOnce(WorkUnit unit)
    {
        var session = new Session(_connection);
        try
        {
            ValueTask running = unit.RunAsync(session);
            if (!running.IsCompleted)
                throw new InvalidOperationException("A unit of work may wait for nothing but its session.");
            running.GetAwaiter().GetResult();
            unit.Committed = session.Committed;
        }
        finally
        {
            session.Close();
        }
    }

    // Units may be run again (see IDatabase). From here on each unit of the batch can be undone by itself, so that many that fail do not
    // have all the others run again and again.
    private void RunAgainWithoutLast()
    {
        WorkUnit[] others = [.. _batch];
        _connection.Execute("ROLLBACK");
        _connection.Execute("BEGIN IMMEDIATE");
        _batch.Clear();
        _inSavepoints = true;
        foreach (WorkUnit other in others)
            Run(other);
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
