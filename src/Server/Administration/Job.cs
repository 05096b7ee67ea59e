using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Administration;

/// <summary>One job: work under way, or how it ended until that is told.</summary>
internal sealed class Job : IDisposable
{
    // A command asks every second; a machine that stands still for a moment must not end its work.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _leaseEnds;
    private TaskCompletionSource _changed = NewChange();

    /// <param name="id">Its name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="forget">Called when it has ended and nobody asked for that.</param>
    public Job(string id, TimeProvider time, Action<Job> forget)
    {
        State = new JobState(id, 1, Ended: false);
        _leaseEnds = time.CreateTimer(_ => EndLease(forget), null, Lease, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How it stands.</summary>
    public JobState State { get; private set; }

    /// <summary>Completes when it has ended; never fails.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Run(Func<Job, CancellationToken, Task> work) => Running = Task.Run(() => RunAsync(work));

    /// <summary>Asks it to end.</summary>
    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended, and that was told.
        }
    }

    /// <summary>Somebody asks after it.</summary>
    public void RenewLease() => _leaseEnds.Change(Lease, Timeout.InfiniteTimeSpan);

    /// <summary>Tells how it stands now.</summary>
    public void Change(Func<JobState, JobState> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            State = change(State) with { Version = State.Version + 1 };
            (changed, _changed) = (_changed, NewChange());
        }
        changed.SetResult();
    }

    /// <summary>Waits for a later version, and then for what comes right after it; for the end no longer than it takes.</summary>
    public async Task WaitAsync(long after, TimeSpan atMost, TimeSpan handful, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_lock)
            changed = State.Version > after ? Task.CompletedTask : _changed.Task;
        await Task.WhenAny(changed, Running, Task.Delay(atMost, cancellationToken));
        await Task.WhenAny(Running, Task.Delay(handful, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _leaseEnds.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(Func<Job, CancellationToken, Task> work)
    {
        string? refusal = null, fault = null;
        try
        {
            await work(this, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            refusal = "interrupted; what was done so far stays, and a further run goes on";
        }
        catch (Exception exception) when (exception is TransferException or BackupException or StoreException or DirectoryException or DatabaseException
            or ContentException or IOException or UnauthorizedAccessException)
        {
            refusal = exception.Message;
        }
        catch (Exception exception)
        {
            // The command is told: whoever reports it needs all of it.
            fault = $"{exception}";
        }
        Change(state => state with { Ended = true, Refusal = refusal, Fault = fault });
    }

    private void EndLease(Action<Job> forget)
    {
        if (State.Ended)
        {
            forget(this);
            return;
        }
        Stop();
        RenewLease();
    }
}
