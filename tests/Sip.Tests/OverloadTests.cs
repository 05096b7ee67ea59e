using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Guard;

namespace UnifiedMsg.Sip.Tests;

/// <summary>When new requests are refused because the work is behind.</summary>
public sealed class OverloadTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Queue<Action> _pool = new();
    private readonly OverloadMonitor _monitor;

    public OverloadTests()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _monitor = new OverloadMonitor(TimeSpan.FromSeconds(1), NullLogger.Instance, _time, _pool.Enqueue);
    }

    [Fact]
    public void A_probe_that_waits_in_the_pool_tells_before_it_runs_and_until_a_quick_one_has_run()
    {
        Assert.False(_monitor.IsBehind());
        Assert.Single(_pool);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(_monitor.IsBehind());
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(_monitor.IsBehind());
        _pool.Dequeue()();
        Assert.True(_monitor.IsBehind());
        RunAll();
        Assert.False(_monitor.IsBehind());
    }

    // Else each late probe would be followed by a time in which everybody is let in, and the work would fall behind for as long as they come.
    [Fact]
    public void While_each_probe_is_late_nobody_is_let_in()
    {
        Assert.False(_monitor.IsBehind());
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1500));
            Assert.True(_monitor.IsBehind());
            _pool.Dequeue()();
            _time.Advance(TimeSpan.FromMilliseconds(30));
            Assert.True(_monitor.IsBehind());
        }
    }

    [Fact]
    public void What_was_late_long_ago_refuses_nobody()
    {
        Assert.False(_monitor.IsBehind());
        _time.Advance(TimeSpan.FromSeconds(2));
        RunAll();
        Assert.Empty(_pool);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_monitor.IsBehind());
    }

    [Fact]
    public void A_loop_that_never_catches_up_tells_and_one_that_waits_in_between_does_not()
    {
        var gauge = _monitor.Watch();
        for (var i = 0; i < 30; i++)
        {
            gauge.Busy();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            RunAll();
            if (i == 8)
                gauge.CaughtUp();
        }
        Assert.True(_monitor.IsBehind());
        RunAll();
        gauge.CaughtUp();
        Assert.False(_monitor.IsBehind());
        gauge.Busy();
        _time.Advance(TimeSpan.FromMilliseconds(900));
        RunAll();
        Assert.False(_monitor.IsBehind());
    }

    private void RunAll()
    {
        while (_pool.TryDequeue(out var work))
            work();
    }
}
