using System.Collections.Concurrent;
using System.Globalization;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Administration;

/// <summary>
/// Work that takes longer than an answer may. A command begins it, asks how it stands until it has ended, and may have it stopped. How it
/// ended is told once. A job that nobody asks after ends: its command was killed.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class Jobs(TimeProvider time) : IAsyncDisposable
{
    // Each has messages or pages in memory, and all share the one writer with the deliveries.
    private const int MaxJobs = 16;

    // How long an answer waits for news.
    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(1);

    // News come in handfuls: a command that asked for each would ask all the time.
    private static readonly TimeSpan Handful = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Job> _jobs = [];
    private long _count;

    /// <summary>Begins work.</summary>
    /// <exception cref="DirectoryException">Too much is under way.</exception>
    public JobState Start(Func<Job, CancellationToken, Task> work)
    {
        if (_jobs.Count >= MaxJobs)
            throw new DirectoryException($"{MaxJobs} jobs are under way; wait for one to end");
        var job = new Job(Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture), time, Forget);
        _jobs[job.State.Id] = job;
        job.Run(work);
        return job.State;
    }

    /// <summary>How a job stands: at once when it changed since, else after a moment at the most.</summary>
    /// <exception cref="DirectoryException">There is no such job, or its end was told.</exception>
    public async Task<JobState> PollAsync(JobPoll poll, CancellationToken cancellationToken)
    {
        var job = Find(poll.Id);
        job.RenewLease();
        await job.WaitAsync(poll.After, PollWait, Handful, cancellationToken);
        var state = job.State;
        if (state.Ended)
            Forget(job);
        return state;
    }

    /// <summary>Asks a job to end; its last state comes with a poll.</summary>
    /// <exception cref="DirectoryException">There is no such job, or its end was told.</exception>
    public JobState Stop(string id)
    {
        var job = Find(id);
        job.Stop();
        return job.State;
    }

    /// <summary>Ends all of them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var job in _jobs.Values)
            job.Stop();
        foreach (var job in _jobs.Values)
        {
            await job.Running;
            Forget(job);
        }
    }

    private Job Find(string id) => _jobs.GetValueOrDefault(id) ?? throw new DirectoryException($"there is no job {id} any more");

    private void Forget(Job job)
    {
        if (_jobs.TryRemove(job.State.Id, out _))
            job.Dispose();
    }
}
