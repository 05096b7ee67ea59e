using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class ResamplerTests
{
    private const int Amplitude = 16000;

    public static TheoryData<int, int> Rates => new()
    {
        { 8000, 16000 }, { 16000, 8000 }, { 8000, 48000 }, { 48000, 8000 }, { 16000, 48000 }, { 48000, 16000 },
        { 44100, 8000 }, { 44100, 16000 }, { 8000, 44100 }, { 16000, 44100 },
    };

    [Theory, MemberData(nameof(Rates))]
    public void The_pass_band_is_flat_to_a_tenth_of_a_dB_up_to_88_percent_of_the_edge(int from, int to)
    {
        var edge = Math.Min(from, to) / 2.0;
        for (var part = 1; part <= 11; part++)
        {
            var frequency = edge * 0.08 * part;
            var level = Decibels(SincResampler.Resample(Sine(frequency, from), from, to), frequency, to);
            Assert.True(Math.Abs(level) < 0.1, $"{frequency} Hz comes out at {level:0.00} dB");
        }
    }

    // Swept over all that lies between the lower and the higher edge: nothing of it may come out anywhere. What is left at this level is the
    // rounding to 16 bits.
    [Theory]
    [InlineData(16000, 8000)]
    [InlineData(48000, 8000)]
    [InlineData(48000, 16000)]
    [InlineData(44100, 8000)]
    [InlineData(44100, 16000)]
    public void What_would_alias_is_80_dB_down_from_the_edge_on(int from, int to)
    {
        for (var part = 0; part <= 40; part++)
        {
            var frequency = to / 2.0 + (from - to) / 2.0 * part / 40;
            var alias = Alias(frequency, to);
            var level = Decibels(SincResampler.Resample(Sine(frequency, from), from, to), alias, to);
            Assert.True(level < -80, $"{frequency:0} Hz comes out as {alias:0} Hz at {level:0.0} dB");
        }
    }

    [Theory]
    [InlineData(8000, 16000)]
    [InlineData(8000, 48000)]
    [InlineData(16000, 48000)]
    [InlineData(8000, 44100)]
    public void Images_above_the_old_band_are_80_dB_down(int from, int to)
    {
        for (var part = 1; part <= 20; part++)
        {
            var frequency = from / 2.0 * part / 20.5;
            var output = SincResampler.Resample(Sine(frequency, from), from, to);
            for (var image = from - frequency; image < to / 2.0; image += from)
            {
                var level = Decibels(output, image, to);
                Assert.True(level < -80, $"{frequency:0} Hz has an image at {image:0} Hz of {level:0.0} dB");
            }
        }
    }

    // A chirp through the whole old band, of which only the part below the new edge may be left: the rest as a whole, not a line of it.
    [Theory]
    [InlineData(16000, 8000)]
    [InlineData(48000, 16000)]
    [InlineData(44100, 8000)]
    public void A_sweep_falls_silent_at_the_edge(int from, int to)
    {
        const int Seconds = 4;
        var edge = to / 2.0;
        var top = from / 2.0 - 500;
        short[] sweep = [.. Enumerable.Range(0, Seconds * from).Select(i =>
        {
            var time = (double)i / from;
            return (short)Math.Round(Amplitude * Math.Sin(2 * Math.PI * (edge + (top - edge) / Seconds / 2 * time) * time));
        })];
        var output = SincResampler.Resample(sweep, from, to).AsSpan((to / 10)..^(to / 10));
        double energy = 0;
        foreach (var sample in output)
            energy += (double)sample * sample;
        var level = 10 * Math.Log10(energy / output.Length / (Amplitude * (double)Amplitude / 2));
        Assert.True(level < -75, $"{level:0.0} dB are left");
    }

    [Theory, MemberData(nameof(Rates))]
    public void A_stream_in_pieces_gives_the_same_samples_as_the_whole(int from, int to)
    {
        var random = new Random(from + to);
        short[] noise = [.. Enumerable.Range(0, from / 2).Select(_ => (short)random.Next(-20_000, 20_000))];
        var stream = new StreamResampler(from, to);
        var pieces = new List<short>();
        for (int at = 0, length; at < noise.Length; at += length)
        {
            length = Math.Min(random.Next(0, 700), noise.Length - at);
            var piece = new short[stream.OutputFor(length)];
            Assert.Equal(piece.Length, stream.Process(noise.AsSpan(at, length), piece));
            pieces.AddRange(piece);
        }
        Assert.InRange(pieces.Count, noise.Length * (long)to / from - 1, noise.Length * (long)to / from + 1);
        Assert.InRange(stream.Delay * 1000.0 / from, 0, 8);
        Assert.Equal(SincResampler.Resample([.. new short[stream.Delay], .. noise], from, to)[..pieces.Count], pieces);
    }

    [Fact]
    public void A_clip_is_resampled_once()
    {
        var clip = new AudioClip(Sine(1000, 8000), 8000);
        Assert.Same(clip.Resample(16000), clip.Resample(16000));
        Assert.Same(clip, clip.Resample(8000));
        Assert.Equal(48000, clip.Resample(48000).SampleRate);
    }

    [Fact]
    public void Linear_interpolation_keeps_every_sample_and_draws_lines_between()
    {
        short[] samples = [0, 100, -100, 300];
        Assert.Equal([0, 50, 100, 0, -100, 100, 300, 300], LinearResampler.Resample(samples, 8000, 16000));
        Assert.Equal([0, -100], LinearResampler.Resample(samples, 16000, 8000));
        Assert.Empty(LinearResampler.Resample([], 8000, 16000));
    }

    private static double Alias(double frequency, int rate)
    {
        var folded = frequency % rate;
        return folded > rate / 2.0 ? rate - folded : folded;
    }

    private static short[] Sine(double frequency, int rate) =>
        [.. Enumerable.Range(0, rate / 2).Select(i => (short)Math.Round(Amplitude * Math.Sin(2 * Math.PI * frequency * i / rate + 1)))];

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
        return 20 * Math.Log10(4 * Math.Sqrt(real * real + imaginary * imaginary) / middle.Length / Amplitude + 1e-9);
    }
}
