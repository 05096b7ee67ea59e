using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(8000, 16000)]
    [InlineData(16000, 8000)]
    [InlineData(44100, 8000)]
    [InlineData(8000, 48000)]
    public void The_pass_band_is_flat(int from, int to)
    {
        foreach (var frequency in new[] { 200.0, 1000, 2500, 3400 })
        {
            var level = Decibels(SincResampler.Resample(Sine(frequency, from), from, to), frequency, to);
            Assert.True(Math.Abs(level) < 0.1, $"{frequency} Hz comes out at {level:0.00} dB");
        }
    }

    [Theory]
    [InlineData(4400, 3600)]
    [InlineData(5000, 3000)]
    [InlineData(7500, 500)]
    public void What_would_alias_is_60_dB_down(double frequency, double alias) =>
        Assert.True(Decibels(SincResampler.Resample(Sine(frequency, 16000), 16000, 8000), alias, 8000) < -60);

    [Fact]
    public void Images_above_the_old_band_are_60_dB_down() =>
        Assert.True(Decibels(SincResampler.Resample(Sine(3400, 8000), 8000, 16000), 4600, 16000) < -60);

    [Fact]
    public void Linear_interpolation_keeps_every_sample_and_draws_lines_between()
    {
        short[] samples = [0, 100, -100, 300];
        Assert.Equal([0, 50, 100, 0, -100, 100, 300, 300], LinearResampler.Resample(samples, 8000, 16000));
        Assert.Equal([0, -100], LinearResampler.Resample(samples, 16000, 8000));
        Assert.Empty(LinearResampler.Resample([], 8000, 16000));
    }

    private static short[] Sine(double frequency, int rate) =>
        [.. Enumerable.Range(0, rate).Select(i => (short)Math.Round(16000 * Math.Sin(2 * Math.PI * frequency * i / rate)))];

    // The level of one frequency against the sine's amplitude, away from the ends where the filter runs in.
    private static double Decibels(short[] samples, double frequency, int rate)
    {
        var middle = samples.AsSpan(samples.Length / 4, samples.Length / 2);
        double real = 0, imaginary = 0;
        for (var i = 0; i < middle.Length; i++)
        {
            var window = 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / middle.Length);
            real += window * middle[i] * Math.Cos(2 * Math.PI * frequency * i / rate);
            imaginary += window * middle[i] * Math.Sin(2 * Math.PI * frequency * i / rate);
        }
        return 20 * Math.Log10(4 * Math.Sqrt(real * real + imaginary * imaginary) / middle.Length / 16000 + 1e-9);
    }
}
