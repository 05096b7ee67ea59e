using UnifiedMsg.Media.Loudness;

namespace UnifiedMsg.Media.Tests.Loudness;

/// <summary>The signals of EBU Tech 3341 v4 table 1 that are made of sines, with its tolerance of 0.1 LU.</summary>
public sealed class LoudnessMeterTests
{
    [Theory]
    [InlineData(48000), InlineData(44100), InlineData(16000), InlineData(8000)]
    public void Cases_1_and_2_a_steady_tone_has_its_level(int rate)
    {
        foreach (var level in new[] { -23.0, -33.0 })
        {
            var meter = Measure(rate, 2, (20, level));
            Assert.Equal(level, meter.Integrated, 0.1);
            Assert.Equal(level, meter.Momentary, 0.1);
            Assert.Equal(level, meter.ShortTerm, 0.1);
        }
    }

    [Fact]
    public void Case_3_soft_parts_are_gated() => Assert.Equal(-23, Measure(48000, 2, (10, -36), (60, -23), (10, -36)).Integrated, 0.1);

    [Fact]
    public void Case_4_silence_is_gated_too() =>
        Assert.Equal(-23, Measure(48000, 2, (10, -72), (10, -36), (60, -23), (10, -36), (10, -72)).Integrated, 0.1);

    [Fact]
    public void Case_5_the_relative_gate_follows_the_mean() =>
        Assert.Equal(-23, Measure(48000, 2, (20, -26), (20.1, -20), (20, -26)).Integrated, 0.1);

    [Fact]
    public void Case_6_surround_weighs_more()
    {
        var meter = new LoudnessMeter(48000, 5);
        double[] levels = [-28, -28, -24, -30, -30];
        var samples = new short[48000 * 20 * 5];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = Sine(i / 5, 48000, levels[i % 5]);
        meter.Add(samples);
        Assert.Equal(-23, meter.Integrated, 0.1);
    }

    [Fact]
    public void Case_9_short_term_stays_when_the_level_alternates_in_three_seconds()
    {
        var meter = Measure(48000, 2, [.. Enumerable.Repeat(new[] { (1.34, -20.0), (1.66, -30.0) }, 5).SelectMany(each => each)]);
        Assert.Equal(-23, meter.ShortTerm, 0.1);
        Assert.Equal(-23, meter.MaxShortTerm, 0.1);
    }

    [Fact]
    public void Case_12_momentary_stays_when_the_level_alternates_in_400_ms()
    {
        var meter = Measure(48000, 2, [.. Enumerable.Repeat(new[] { (0.18, -20.0), (0.22, -30.0) }, 25).SelectMany(each => each)]);
        Assert.Equal(-23, meter.Momentary, 0.1);
        Assert.Equal(-23, meter.MaxMomentary, 0.1);
    }

    [Theory]
    [InlineData(-38), InlineData(-28), InlineData(-19)]
    public void Case_13_a_burst_of_400_ms_is_found_wherever_it_lies(double level)
    {
        for (var at = 0; at < 10; at++)
        {
            // The meter takes a new value each 100 ms; a burst that lies between two of them needs the 100 ms more.
            var meter = Measure(48000, 2, (1 + 0.02 * at, -200), (0.5, level), (1, -200));
            Assert.Equal(level, meter.MaxMomentary, 0.1);
        }
    }

    [Fact]
    public void One_channel_is_3_dB_less_than_two() => Assert.Equal(-26, Measure(8000, 1, (20, -23)).Integrated, 0.1);

    [Fact]
    public void Silence_and_what_is_too_short_have_no_loudness()
    {
        Assert.Equal(double.NegativeInfinity, Measure(8000, 1, (5, -200)).Integrated);
        Assert.Equal(double.NegativeInfinity, Measure(8000, 1, (0.3, -20)).Integrated);
    }

    // Cases 15 to 18: sines whose samples miss their peaks; tolerance +0.2, -0.4 dB.
    [Theory]
    [InlineData(4, 0), InlineData(4, 45), InlineData(6, 60), InlineData(8, 67.5)]
    public void Cases_15_to_18_the_true_peak_lies_between_the_samples(int samplesPerPeriod, double phase)
    {
        var samples = new short[48000];
        for (var i = 0; i < samples.Length; i++)
        {
            var edge = Math.Min(1, Math.Min(i, samples.Length - i) / 2000.0);
            samples[i] = (short)Math.Round(16384 * edge * Math.Sin(2 * Math.PI * i / samplesPerPeriod + phase * Math.PI / 180));
        }
        Assert.InRange(TruePeak.Of(samples), -6.4, -5.8);
    }

    private static LoudnessMeter Measure(int rate, int channels, params (double Seconds, double Level)[] parts)
    {
        var meter = new LoudnessMeter(rate, channels);
        var at = 0;
        foreach (var (seconds, level) in parts)
        {
            var samples = new short[(int)Math.Round(seconds * rate) * channels];
            for (var i = 0; i < samples.Length; i++)
                samples[i] = Sine(at + i / channels, rate, level);
            at += samples.Length / channels;
            meter.Add(samples);
        }
        return meter;
    }

    private static short Sine(int i, int rate, double level) =>
        (short)Math.Round(32768 * Math.Pow(10, level / 20) * Math.Sin(2 * Math.PI * 1000 * i / rate));
}
