using UnifiedMsg.Database;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>A transfer under way. It ends when nobody asks after it any more: the command that began it was killed.</summary>
internal sealed class TransferJob : IAsyncDisposable
{
    // The command asks twice a second; a machine that stands still for a moment must not end its work.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Task<TransferState> _run;
    private TransferProgress _progress = new("", 0, 0, 0, 0, 0, 0);
    private long _lastAsked;

    public TransferJob(Func<Action<TransferProgress>, CancellationToken, Task<TransferReport>> run, TimeProvider time)
    {
        _time = time;
        _lastAsked = time.GetTimestamp();
        _run = Task.Run(() => RunAsync(run));
    }

    public bool HasEnded => _run.IsCompleted;

    /// <summary>How it stands: at its end, or after a moment.</summary>
    public async Task<TransferState> WatchAsync(TimeSpan moment, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastAsked, _time.GetTimestamp());
        await Task.WhenAny(_run, Task.Delay(moment, _time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return _run.IsCompleted ? await _run : new TransferState(_progress);
    }

    /// <summary>Ends it soon; what was transferred stays.</summary>
    public void Cancel() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task<TransferState> RunAsync(Func<Action<TransferProgress>, CancellationToken, Task<TransferReport>> run)
    {
        try
        {
            var report = await run(OnProgress, _stop.Token);
            return new TransferState(_progress, report);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return new TransferState(_progress, Failure: "interrupted");
        }
        catch (Exception fault) when (fault is TransferException or IOException or UnauthorizedAccessException or DatabaseException or StoreException)
        {
            return new TransferState(_progress, Failure: fault.Message);
        }
        catch (Exception fault)
        {
            // The command is told: whoever reports it needs all of it.
            return new TransferState(_progress, Failure: $"internal error, please report it: {fault}");
        }
    }

    private void OnProgress(TransferProgress progress)
    {
        _progress = progress;
        if (_time.GetElapsedTime(Volatile.Read(ref _lastAsked)) > Lease)
            _stop.Cancel();
    }
}
