namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// Units that lock the same. While a transaction of one key is under way the others of that key wait, and then share the next: they would have
/// waited for each other's commit.
/// </summary>
/// <param name="run">Runs units in their order, to their ends. It does not throw.</param>
internal sealed class SharedCommits(Func<IReadOnlyList<WorkUnit>, Task> run)
{
    /// <summary>What they lock is locked until their commit, and other servers may want it.</summary>
    private const int MaxUnits = 32;

    // A key is here while units of it run.
    private readonly Dictionary<long, Queue<WorkUnit>> _waiting = [];
    private TaskCompletionSource? _ended;

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public async Task<T> SubmitAsync<T>(long key, Func<IWriteSession, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var unit = new WorkUnit<T>(work);
        if (Enqueue(key, unit))
            _ = RunAsync(key);
        using CancellationTokenRegistration withdrawal = cancellationToken.UnsafeRegister(
            static (state, token) => ((WorkUnit<T>)state!).Cancel(token), unit);
        return await unit.Task;
    }

    /// <summary>Takes no more units, and waits for those that are there.</summary>
    public Task CloseAsync()
    {
        lock (_waiting)
        {
            _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_waiting.Count == 0)
                _ended.TrySetResult();
            return _ended.Task;
        }
    }

    // True when the key was not there, so that the caller has to run it.
    private bool Enqueue(long key, WorkUnit unit)
    {
        lock (_waiting)
        {
            ObjectDisposedException.ThrowIf(_ended is not null, typeof(PostgreSqlDatabase));
            bool isThere = _waiting.TryGetValue(key, out Queue<WorkUnit>? queue);
            if (!isThere)
                _waiting.Add(key, queue = new Queue<WorkUnit>());
            queue!.Enqueue(unit);
            return !isThere;
        }
    }

    private async Task RunAsync(long key)
    {
        while (Take(key) is { Count: > 0 } units)
            await run(units);
    }

    // None when the key is gone.
    private List<WorkUnit> Take(long key)
    {
        var units = new List<WorkUnit>();
        lock (_waiting)
        {
            Queue<WorkUnit> queue = _waiting[key];
            while (units.Count < MaxUnits && queue.TryDequeue(out WorkUnit? unit))
            {
                if (unit.TryStart())
                    units.Add(unit);
            }
            if (units.Count == 0 && _waiting.Remove(key) && _waiting.Count == 0)
                _ended?.TrySetResult();
        }
        return units;
    }
}
