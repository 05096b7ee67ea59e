namespace UnifiedMsg.Delivery.Queue;

/// <summary>Tells the queue worker of this process that there is new work. Signals that nobody waits for fold into one.</summary>
public sealed class QueueSignal : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();

    /// <summary>There is work.</summary>
    public void Set()
    {
        lock (_lock)
        {
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }
    }

    /// <summary>Waits for work, or for <paramref name="limit"/> to pass.</summary>
    internal async Task WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var due = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellationToken);
        try
        {
            await _signal.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time has come: there may be work that was put off.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}
