namespace UnifiedMsg.Database;

/// <summary>A unit of work that waits for its turn, then runs, and tells its caller once it is durable.</summary>
internal abstract class WorkUnit
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>What to do after the commit, known once the unit ran.</summary>
    public IReadOnlyList<Action> Committed { get; set; } = [];

    /// <summary>False when the caller withdrew the unit.</summary>
    public bool TryStart() => Interlocked.CompareExchange(ref _state, Started, Waiting) == Waiting;

    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    /// <summary>Runs the unit, perhaps not for the first time.</summary>
    public abstract ValueTask RunAsync(IWriteSession session);

    public abstract void Complete();

    public abstract void Fail(Exception reason);
}

/// <inheritdoc/>
internal sealed class WorkUnit<T>(Func<IWriteSession, ValueTask<T>> work) : WorkUnit
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override ValueTask RunAsync(IWriteSession session)
    {
        ValueTask<T> running = work(session);
        if (!running.IsCompletedSuccessfully)
            return FinishAsync(running);
        _result = running.Result;
        return ValueTask.CompletedTask;
    }

    public override void Complete() => _done.TrySetResult(_result);

    public override void Fail(Exception reason) => _done.TrySetException(reason);

    public void Cancel(CancellationToken cancellationToken)
    {
        if (TryWithdraw())
            _done.TrySetCanceled(cancellationToken);
    }

    private async ValueTask FinishAsync(ValueTask<T> running) => _result = await running;
}
