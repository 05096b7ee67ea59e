using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class RateAdapterTests : IPcmSink
{
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
    public void A_tone_stays_what_it_is_at_its_place_however_it_is_cut(int from, int to)
    {
        var adapter = new RateAdapter(this, from, to);
        var random = new Random(1);
        for (var sent = 0; sent < from;)
        {
            var part = Math.Min(from - sent, random.Next(1, from / 40));
            Assert.True(adapter.Write(Tone(from, 700, sent, part)));
            sent += part;
        }
        Assert.InRange(_heard.Count, to - to / 200, to);
        var expected = Tone(to, 700, 0, _heard.Count);
        for (var i = to / 100; i < _heard.Count; i++)
            Assert.InRange(_heard[i] - expected[i], -200, 200);
    }

    [Fact]
    public void What_the_lower_rate_can_not_hold_is_gone()
    {
        new RateAdapter(this, 16000, 8000).Write(Tone(16000, 6000, 0, 16000));
        Assert.InRange(_heard.Skip(100).Max(sample => (int)sample), 0, 300);
    }

    private static short[] Tone(int rate, double frequency, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(i => (short)(10_000 * Math.Sin(2 * Math.PI * frequency * i / rate)))];
}
