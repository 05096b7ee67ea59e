using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class RateMatchingSinkTests : IPcmSink
{
    private const double Frequency = 700;
    private readonly List<short> _heard = [];

    bool IPcmSink.Write(ReadOnlySpan<short> samples)
    {
        _heard.AddRange(samples);
        return true;
    }

    [Theory]
    [InlineData(8000, 16000)]
    [InlineData(16000, 8000)]
    [InlineData(48000, 8000)]
    [InlineData(8000, 48000)]
    [InlineData(44100, 8000)]
    public void A_tone_stays_what_it_is_however_it_is_cut(int from, int to)
    {
        var adapter = RateMatchingSink.For(this, from, to);
        var random = new Random(1);
        for (var sent = 0; sent < from;)
        {
            var part = Math.Min(from - sent, random.Next(1, from / 40));
            Assert.True(adapter.Write(Tone(from, Frequency, sent, part)));
            sent += part;
        }
        Assert.InRange(_heard.Count, to - to / 200, to);
        // The same sine, and nothing but it: a seam between two parts would show.
        var start = to / 100;
        var (sine, cosine) = (Share(start, to, 0), Share(start, to, Math.PI / 2));
        Assert.InRange(Math.Sqrt(sine * sine + cosine * cosine), 9_900, 10_100);
        for (var i = start; i < _heard.Count; i++)
        {
            var angle = 2 * Math.PI * Frequency * i / to;
            Assert.InRange(_heard[i] - sine * Math.Sin(angle) - cosine * Math.Cos(angle), -200, 200);
        }
    }

    [Fact]
    public void What_the_lower_rate_can_not_hold_is_gone()
    {
        RateMatchingSink.For(this, 16000, 8000).Write(Tone(16000, 6000, 0, 16000));
        Assert.InRange(_heard.Skip(100).Max(sample => (int)sample), 0, 300);
    }

    // Over whole periods, so that one part does not show in the other.
    private double Share(int start, int rate, double phase)
    {
        var length = (_heard.Count - start) / (rate / 100) * (rate / 100);
        return 2.0 / length * Enumerable.Range(start, length).Sum(i => _heard[i] * Math.Sin(2 * Math.PI * Frequency * i / rate + phase));
    }

    private static short[] Tone(int rate, double frequency, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(i => (short)(10_000 * Math.Sin(2 * Math.PI * frequency * i / rate)))];
}
