using System.Diagnostics;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>
/// A process with more to do than its processors can: whatever is queued in the thread pool waits for about as long as was asked, until this
/// is disposed of. It feels its way, since nobody knows how fast the machine is and what else it does.
/// </summary>
internal sealed class BusyPool : IAsyncDisposable
{
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(2);

    private readonly TimeSpan _delay;
    private readonly TaskCompletionSource _behind = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pieces;
    private volatile bool _over;

    /// <summary>Begins.</summary>
    /// <param name="delay">How far the pool is to be behind.</param>
    public BusyPool(TimeSpan delay)
    {
        _delay = delay;
        Interlocked.Increment(ref _pieces);
        Measure(Stopwatch.GetTimestamp());
    }

    /// <summary>Done when it is as far behind as that for the first time.</summary>
    public Task Behind => _behind.Task;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _over = true;
        await _idle.Task;
    }

    // Runs when its turn has come: it has waited as long as everybody.
    private void Measure(long queued)
    {
        if (Stopwatch.GetElapsedTime(queued) < _delay)
        {
            // By a quarter of what there is, so that the way there takes a few times the delay, however fast the machine is.
            for (var more = 1 + _pieces / 4; more > 0; more--)
            {
                Interlocked.Increment(ref _pieces);
                Queue(Work);
            }
        }
        else
            _behind.TrySetResult();
        var now = Stopwatch.GetTimestamp();
        Continue(() => Measure(now));
    }

    private void Work()
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Piece;)
            Thread.SpinWait(100);
        Continue(Work);
    }

    private void Continue(Action next)
    {
        if (!_over)
            Queue(next);
        else if (Interlocked.Decrement(ref _pieces) == 0)
            _idle.TrySetResult();
    }

    private static void Queue(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static w => w(), work, preferLocal: false);
}
