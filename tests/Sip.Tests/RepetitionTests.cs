using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What the user of a transaction sends again by itself (RFC 3261 §13.3.1.4, RFC 3262 §3).</summary>
public sealed class RepetitionTests
{
    private readonly EarlyClock _clock = new();
    private readonly List<int> _again = [];
    private int? _givenUp;

    [Fact]
    public void At_doubling_times_up_to_the_longest_then_it_gives_up()
    {
        Start(SipTimers.Default.T2);
        Run(40_000);
        Assert.Equal([500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], _again);
        Assert.Equal(32_000, _givenUp);
    }

    [Fact]
    public void Without_a_longest_wait_it_doubles_on()
    {
        Start(null);
        Run(40_000);
        Assert.Equal([500, 1500, 3500, 7500, 15500, 31500], _again);
        Assert.Equal(32_000, _givenUp);
    }

    [Fact]
    public void Stopped_it_does_nothing_more()
    {
        var repetition = Start(null);
        Run(1000);
        Assert.True(repetition.Stop());
        Assert.False(repetition.Stop());
        Run(40_000);
        Assert.Equal([500], _again);
        Assert.Null(_givenUp);
    }

    // The timers of a system fire up to a millisecond before their time by its clock.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9)]
    public void A_timer_that_fires_early_does_nothing_early_and_nothing_twice(double milliseconds)
    {
        _clock.Early = TimeSpan.FromMilliseconds(milliseconds);
        Start(SipTimers.Default.T2);
        Run(40_000);
        Assert.Equal(10, _again.Count);
        Assert.InRange(_again[0], 500, 501);
        Assert.InRange(_again[^1], 31_500, 31_520);
        Assert.InRange(_givenUp!.Value, 32_000, 32_001);
    }

    private Repetition Start(TimeSpan? longest)
    {
        var repetition = new Repetition(_clock, SipTimers.Default, longest, () => _again.Add(Now), () => _givenUp = Now);
        repetition.Start();
        return repetition;
    }

    private int Now => (int)_clock.Elapsed.TotalMilliseconds;

    private void Run(int milliseconds)
    {
        for (var i = 0; i < 10 * milliseconds; i++)
            _clock.Advance(TimeSpan.FromMilliseconds(0.1));
    }

    /// <summary>A clock whose timers fire before their time, as those of a system may.</summary>
    private sealed class EarlyClock : TimeProvider
    {
        private readonly FakeTimeProvider _time = new();
        private readonly long _begin;

        public EarlyClock() => _begin = _time.GetTimestamp();

        public TimeSpan Early { get; set; }

        public TimeSpan Elapsed => _time.GetElapsedTime(_begin);

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Advance(TimeSpan time) => _time.Advance(time);

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(this, _time.CreateTimer(callback, state, Sooner(dueTime), period));

        private TimeSpan Sooner(TimeSpan due) => due > Early ? due - Early : due;

        private sealed class EarlyTimer(EarlyClock clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.Sooner(dueTime), period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
