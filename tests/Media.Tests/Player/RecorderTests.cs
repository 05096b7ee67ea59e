using UnifiedMsg.Media.Player;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Player;

public sealed class RecorderTests
{
    private readonly Sink _sink = new();

    [Fact]
    public void What_is_said_in_a_pause_is_left_out()
    {
        var recorder = new PausableSink(_sink);
        Assert.True(recorder.Write([1]));
        recorder.IsPaused = true;
        Assert.True(recorder.Write([2]));
        recorder.IsPaused = false;
        Assert.True(recorder.Write([3]));
        Assert.Equal([1, 3], _sink.Samples);
        _sink.IsFull = true;
        Assert.False(recorder.Write([4]));
    }

    [Fact]
    public void What_is_said_at_once_is_added()
    {
        var recorder = new MixedRecorder(_sink, 8000);
        var (one, other) = (recorder.AddInput(), recorder.AddInput());
        one.Write([1, 2, 30_000]);
        Assert.Empty(_sink.Samples);
        other.Write([10, 20]);
        other.Write([30_000, 40]);
        Assert.Equal([11, 22, short.MaxValue], _sink.Samples);
        recorder.Remove(one);
        Assert.Equal(40, _sink.Samples[^1]);
        Assert.False(one.Write([1]));
        other.Write([50]);
        Assert.Equal(50, _sink.Samples[^1]);
    }

    [Fact]
    public void Who_comes_too_late_shifts_nothing()
    {
        var recorder = new MixedRecorder(_sink, 8000);
        var (one, other) = (recorder.AddInput(), recorder.AddInput());
        one.Write(Enumerable.Repeat((short)1, 8100).ToArray());
        Assert.Equal(100, _sink.Samples.Count);
        other.Write(Enumerable.Repeat((short)10, 101).ToArray());
        Assert.Equal([1, 11], _sink.Samples[99..]);
    }

    [Fact]
    public void A_full_disk_ends_it_for_everybody()
    {
        var recorder = new MixedRecorder(_sink, 8000);
        var input = recorder.AddInput();
        _sink.IsFull = true;
        Assert.False(input.Write([1]));
        Assert.False(recorder.AddInput().Write([1]));
    }

    private sealed class Sink : IPcmSink
    {
        public List<short> Samples { get; } = [];

        public bool IsFull { get; set; }

        public bool Write(ReadOnlySpan<short> samples)
        {
            if (IsFull)
                return false;
            Samples.AddRange(samples);
            return true;
        }
    }
}
