using System.Collections.Concurrent;
using System.Globalization;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Server.Administration;

/// <summary>Runs long work on the store and tells how it stands. A job that follows ends when nobody asks after it any more.</summary>
/// <param name="data">The opened data folder.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreJobs(DataFolder data, TimeProvider time) : IAsyncDisposable
{
    /// <summary>What is said where the pages of the database are not ours.</summary>
    internal const string OwnTools =
        "the database is PostgreSQL, whose own tools back it up and restore it: pg_basebackup with archived WAL, or pg_dump, and after it a copy of the folder of blobs";

    /// <summary>How long an answer waits for news.</summary>
    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(1);

    /// <summary>A command that was killed no longer asks; its job must not follow for ever.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    /// <summary>Jobs that are over and were not asked after stay for the last words, this many.</summary>
    private const int MaxJobs = 64;

    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private readonly CancellationTokenSource _stopping = new();
    private long _count;

    public StoreJobState Start(StoreJobOrder order)
    {
        foreach ((string old, Job _) in _jobs.Where(each => each.Value.State.Ended && _jobs.Count >= MaxJobs))
            _jobs.TryRemove(old, out _);
        if (_jobs.Count >= MaxJobs)
            throw new DirectoryException($"{MaxJobs} jobs run already; wait for one to end");
        var job = new Job(Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture), _stopping.Token, time, order.Follow ? Lease : null);
        _jobs[job.State.Id] = job;
        job.Run(stop => RunAsync(order, job, stop));
        return job.State;
    }

    public Task<StoreJobState> PollAsync(StoreJobPoll poll, CancellationToken cancellationToken) =>
        Find(poll.Id).WaitAsync(poll.After, PollWait, cancellationToken);

    /// <summary>Asks a job to end; its last state comes with a poll.</summary>
    public StoreJobState Stop(string id)
    {
        Job job = Find(id);
        job.Stop();
        return job.State;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_jobs.Values.Select(job => job.Running));
        foreach (Job job in _jobs.Values)
            job.Dispose();
        _stopping.Dispose();
    }

    private Job Find(string id) => _jobs.TryGetValue(id, out Job? job) ? job : throw new DirectoryException($"there is no job {id} any more");

    private async Task RunAsync(StoreJobOrder order, Job job, CancellationToken stop)
    {
        switch (order.Kind)
        {
            case StoreJobKind.Backup:
                await BackUpAsync(order, job, stop);
                break;
            case StoreJobKind.Restore:
                await MailboxFromBackup.RestoreAsync(
                    data, order, (stateOf, result) => job.Change(state => state with { StateOf = stateOf, Restored = result }), time, stop);
                break;
            default:
                var report = await data.ItemStore.CheckAsync(order.Repair, text => job.Change(state => state with { Progress = text }), stop);
                job.Change(state => state with { Report = report });
                break;
        }
    }

    private async Task BackUpAsync(StoreJobOrder order, Job job, CancellationToken stop)
    {
        StoreBackup backup = data.Backup ?? throw new DirectoryException(OwnTools);
        var options = new BackupOptions { Keep = order.Keep, NewBase = order.NewBase };
        void Tell(BackupStatus status) => job.Change(state => state with { Backup = status });
        if (order.Follow)
            await backup.FollowAsync(order.Path, options, Tell, stop);
        else
            await backup.RunAsync(order.Path, options, Tell, stop);
    }

    /// <summary>One job.</summary>
    private sealed class Job : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly CancellationTokenSource _stop;
        private readonly TimeSpan? _lease;
        private readonly ITimer _leaseEnds;
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Job(string id, CancellationToken stopping, TimeProvider time, TimeSpan? lease)
        {
            State = new StoreJobState(id, 1, Ended: false);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _lease = lease;
            _leaseEnds = time.CreateTimer(_ => Stop(), null, lease ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public StoreJobState State { get; private set; }

        public Task Running { get; private set; } = Task.CompletedTask;

        public void Run(Func<CancellationToken, Task> work) => Running = Task.Run(async () =>
        {
            string? refusal = null, fault = null;
            try
            {
                await work(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                refusal = "interrupted; what was done so far stays, and a further run goes on";
            }
            catch (Exception exception) when (exception is BackupException or StoreException or DirectoryException or DatabaseException or ContentException or IOException or UnauthorizedAccessException)
            {
                refusal = exception.Message;
            }
            catch (Exception exception)
            {
                fault = $"{exception}";
            }
            Change(state => state with { Ended = true, Refusal = refusal, Fault = fault });
        });

        public void Stop() => _stop.Cancel();

        public void Change(Func<StoreJobState, StoreJobState> change)
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                State = change(State) with { Version = State.Version + 1 };
                (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            changed.SetResult();
        }

        public async Task<StoreJobState> WaitAsync(long after, TimeSpan atMost, CancellationToken cancellationToken)
        {
            if (_lease is { } lease)
                _leaseEnds.Change(lease, Timeout.InfiniteTimeSpan);
            Task changed;
            lock (_lock)
            {
                if (State.Version > after || State.Ended)
                    return State;
                changed = _changed.Task;
            }
            await Task.WhenAny(changed, Task.Delay(atMost, cancellationToken));
            return State;
        }

        public void Dispose()
        {
            _leaseEnds.Dispose();
            _stop.Dispose();
        }
    }
}
