using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public sealed class MediaClockTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly MediaClock _clock = new(TimeProvider.System, NullLogger.Instance);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Ticks_come_in_order_each_once_and_not_before_their_time()
    {
        var listeners = Enumerable.Range(0, 10).Select(_ => new Listener(_clock)).ToList();
        listeners.ForEach(_clock.Add);
        foreach (var listener in listeners)
            await listener.HasTickedAsync(20);
        foreach (var listener in listeners)
        {
            var ticks = listener.Ticks.ToArray();
            Assert.Equal(Enumerable.Range((int)ticks[0].Number, ticks.Length), ticks.Select(tick => (int)tick.Number));
            Assert.All(ticks, tick => Assert.True(tick.At * 1000 >= tick.Number * MediaClock.TickMilliseconds));
        }
    }

    [Fact]
    public async Task Who_is_removed_gets_no_more_and_who_comes_later_does()
    {
        var (first, second) = (new Listener(_clock), new Listener(_clock));
        _clock.Add(first);
        await first.HasTickedAsync(2);
        _clock.Remove(first);
        _clock.Add(second);
        await second.HasTickedAsync(2);
        var ticked = first.Ticks.Count;
        await second.HasTickedAsync(6);
        Assert.Equal(ticked, first.Ticks.Count);
        // After a rest with nobody there.
        _clock.Remove(second);
        _clock.Add(first);
        await first.HasTickedAsync(ticked + 2);
    }

    [Fact]
    public async Task Who_watches_is_called_at_each_fifth_tick()
    {
        var (watcher, listener) = (new Listener(_clock), new Listener(_clock));
        _clock.Watch(watcher);
        _clock.Add(listener);
        await watcher.HasTickedAsync(4);
        var numbers = watcher.Ticks.Select(tick => tick.Number).ToArray();
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.Equal(MediaClock.WatchTicks, pair.Second - pair.First));
        // Who both listens and watches goes from each by itself.
        _clock.Remove(watcher);
        await watcher.HasTickedAsync(6);
        _clock.Unwatch(watcher);
        await listener.HasTickedAsync(listener.Ticks.Count + 2);
        var ticked = watcher.Ticks.Count;
        await listener.HasTickedAsync(listener.Ticks.Count + 2 * MediaClock.WatchTicks);
        Assert.Equal(ticked, watcher.Ticks.Count);
    }

    [Fact]
    public async Task A_listener_that_throws_gets_no_more_ticks_and_others_do()
    {
        var (bad, good) = (new Listener(_clock) { Throws = true }, new Listener(_clock));
        _clock.Add(bad);
        _clock.Add(good);
        await bad.HasTickedAsync(1);
        await good.HasTickedAsync(10);
        Assert.Single(bad.Ticks);
    }

    private sealed class Listener(MediaClock clock) : IMediaTick
    {
        private readonly SemaphoreSlim _ticked = new(0);

        public ConcurrentQueue<(long Number, double At)> Ticks { get; } = new();

        public bool Throws { get; init; }

        public void Tick(long tick)
        {
            Ticks.Enqueue((tick, clock.Now));
            _ticked.Release();
            if (Throws)
                throw new InvalidOperationException("a fault of one call");
        }

        public async Task HasTickedAsync(int times)
        {
            while (Ticks.Count < times)
                Assert.True(await _ticked.WaitAsync(Guard));
        }
    }
}
