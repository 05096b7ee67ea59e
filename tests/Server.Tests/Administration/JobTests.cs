using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Tests.Administration;

public sealed class JobTests : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _stopped = new();
    private readonly Jobs _jobs;

    public JobTests() => _jobs = new Jobs(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _jobs.DisposeAsync();

    [Fact]
    public async Task A_job_that_nobody_asks_after_ends_and_is_forgotten()
    {
        var job = _jobs.Start(UntilStoppedAsync);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _jobs.PollAsync(new JobPoll(job.Id, 0), Token);
        _time.Advance(TimeSpan.FromMinutes(1.5));
        Assert.False(_stopped.Task.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _stopped.Task.WaitAsync(Guard, Token);
        // Whether it has ended by then or not: it is there for the time of one more lease, and then no more.
        await WaitUntilForgottenAsync(job.Id);
    }

    [Fact]
    public async Task How_it_ended_is_told_once()
    {
        var job = _jobs.Start((its, _) =>
        {
            its.Change(state => state with { Progress = "half" });
            throw new DirectoryException("no further");
        });
        var state = job;
        while (!state.Ended)
            state = await _jobs.PollAsync(new JobPoll(job.Id, state.Version), Token);
        Assert.Equal(("half", "no further", null), (state.Progress, state.Refusal, state.Fault));
        var gone = await Assert.ThrowsAsync<DirectoryException>(() => _jobs.PollAsync(new JobPoll(job.Id, 0), Token));
        Assert.Contains("there is no job", gone.Message);
    }

    [Fact]
    public async Task One_that_is_stopped_says_so_and_makes_room()
    {
        JobState[] all = [.. Enumerable.Range(0, 16).Select(_ => _jobs.Start(UntilStoppedAsync))];
        Assert.Contains("are under way", Assert.Throws<DirectoryException>(() => _jobs.Start(UntilStoppedAsync)).Message);
        var state = _jobs.Stop(all[3].Id);
        while (!state.Ended)
            state = await _jobs.PollAsync(new JobPoll(state.Id, state.Version), Token);
        Assert.Contains("interrupted", state.Refusal);
        _jobs.Start(UntilStoppedAsync);
    }

    [Fact]
    public async Task A_fault_of_ours_is_told_whole()
    {
        var state = _jobs.Start((_, _) => throw new InvalidOperationException("unheard of"));
        while (!state.Ended)
            state = await _jobs.PollAsync(new JobPoll(state.Id, state.Version), Token);
        Assert.Null(state.Refusal);
        Assert.Contains("InvalidOperationException: unheard of", state.Fault);
    }

    private async Task WaitUntilForgottenAsync(string id)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            _time.Advance(TimeSpan.FromMinutes(2));
            try
            {
                _jobs.Stop(id);
            }
            catch (DirectoryException)
            {
                return;
            }
            await Task.Yield();
            guard.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task UntilStoppedAsync(Job job, CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }
}
