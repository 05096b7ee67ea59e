namespace UnifiedMsg.Database.Sqlite;

/// <summary>A unit of work on its way through the queue.</summary>
internal abstract class WorkUnit
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>What to do after the commit, known once the unit ran.</summary>
    public IReadOnlyList<Action> Committed { get; protected set; } = [];

    /// <summary>False when the caller withdrew the unit.</summary>
    public bool TryStart() => Interlocked.CompareExchange(ref _state, Started, Waiting) == Waiting;

    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    public abstract void Run(Connection connection);

    public abstract void Complete();

    public abstract void Fail(Exception reason);
}

/// <inheritdoc/>
internal sealed class WorkUnit<T>(Func<IWriteSession, ValueTask<T>> work) : WorkUnit
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override void Run(Connection connection)
    {
        var session = new Session(connection);
        try
        {
            ValueTask<T> running = work(session);
            if (!running.IsCompleted)
                throw new InvalidOperationException("A unit of work may wait for nothing but its session.");
            _result = running.GetAwaiter().GetResult();
            Committed = session.Committed;
        }
        finally
        {
            session.Close();
        }
    }

    public override void Complete() => _done.TrySetResult(_result);

    public override void Fail(Exception reason) => _done.TrySetException(reason);

    public void Cancel(CancellationToken cancellationToken)
    {
        if (TryWithdraw())
            _done.TrySetCanceled(cancellationToken);
    }
}
