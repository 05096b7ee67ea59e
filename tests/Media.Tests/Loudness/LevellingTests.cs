using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Loudness;

namespace UnifiedMsg.Media.Tests.Loudness;

public sealed class LevellingTests
{
    [Theory]
    [InlineData(-23, 0.25)]
    [InlineData(-19, 0.15)]
    [InlineData(-30, 1)]
    public void Speech_comes_to_the_loudness_that_is_wanted(double target, double volume)
    {
        foreach (var name in Fixtures.Spoken)
        {
            var speech = Fixtures.Read(name);
            var soft = new AudioClip(speech.Samples.ToArray().Select(sample => (short)(sample * volume)).ToArray(), speech.SampleRate);
            var levelled = soft.Level(new LevellingTarget(target, -1));
            Assert.Equal(target, Loudness(levelled), 0.3);
            Assert.True(TruePeak.Of(levelled.Samples.Span) <= -0.9);
            Assert.True(AudioComparison.Compare(speech, levelled).Correlation > 0.98);
        }
    }

    [Fact]
    public void Peaks_stay_below_the_limit_however_loud_it_is_to_be()
    {
        var levelled = Fixtures.Read("message-rms.wav").Level(new LevellingTarget(-10, -3));
        Assert.InRange(TruePeak.Of(levelled.Samples.Span), -5, -2.9);
    }

    [Fact]
    public void What_has_no_loudness_stays_as_it_is()
    {
        var silence = AudioClip.Silence(TimeSpan.FromSeconds(3));
        Assert.Same(silence, silence.Level(new LevellingTarget(-23)));
    }

    // A line on which nobody spoke is not to roar.
    [Fact]
    public void The_gain_ends_somewhere()
    {
        var hiss = new AudioClip(Fixtures.Add(new short[80_000], Fixtures.Noise("white", 80_000, 10 * 10, 0)), 8000);
        Assert.Equal(20, Loudness(hiss.Level(new LevellingTarget(-19))) - Loudness(hiss), 0.2);
    }

    private static double Loudness(AudioClip clip)
    {
        var meter = new LoudnessMeter(clip.SampleRate);
        meter.Add(clip.Samples.Span);
        return meter.Integrated;
    }
}
