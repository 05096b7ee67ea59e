using System.Numerics;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Player;

namespace UnifiedMsg.Media.Tests.Player;

public sealed class TimeStretchTests
{
    public static TheoryData<double> Speeds => [0.75, 0.9, 1.25, 1.5, 2];

    [Fact]
    public void At_its_own_speed_sound_stays_as_it_is()
    {
        var clip = Fixtures.Read("message-rms.wav");
        Assert.Equal(clip.Samples.ToArray(), Stretch(clip, 1));
    }

    [Theory]
    [MemberData(nameof(Speeds))]
    public void The_length_is_as_asked(double speed)
    {
        var clip = Fixtures.Read("message-rms.wav");
        Assert.Equal(clip.Samples.Length / speed / 8000, Stretch(clip, speed).Length / 8000.0, 0.03);
    }

    [Theory]
    [MemberData(nameof(Speeds))]
    public void The_pitch_of_a_tone_stays_within_half_a_percent(double speed)
    {
        foreach (var rate in new[] { 8000, 16000 })
        {
            foreach (var frequency in new[] { 110.0, 220, 437, 1000, 2345 })
            {
                var tone = new AudioClip(
                    Enumerable.Range(0, rate * 3).Select(i => (short)(12000 * Math.Sin(2 * Math.PI * frequency * i / rate))).ToArray(), rate);
                Assert.Equal(1, Pitch(Stretch(tone, speed), rate) / frequency, 0.005);
            }
        }
    }

    // How loud each third of an octave is, 50 times a second: what is left of that makes words. Against it the same sound a sample each
    // second left out, which is the other way to be quick, falls behind.
    [Theory]
    [MemberData(nameof(Speeds))]
    public void Speech_keeps_its_sounds(double speed)
    {
        foreach (var name in Fixtures.Spoken)
        {
            var clip = Fixtures.Read(name);
            var stretched = Likeness(clip.Samples.Span, Stretch(clip, speed), speed);
            var quick = new AudioClip(clip.Samples, (int)(8000 * speed)).Resample(8000);
            Assert.True(stretched > 0.85, $"{name} at {speed}: {stretched:F3}");
            Assert.True(stretched > Likeness(clip.Samples.Span, quick.Samples.Span, speed), $"{name} at {speed}: {stretched:F3}");
        }
    }

    private static short[] Stretch(AudioClip clip, double speed)
    {
        var stretch = new TimeStretch(clip.Open()) { Speed = speed };
        var result = new List<short>();
        var part = new short[160];
        int read;
        do
        {
            read = stretch.Read(part);
            result.AddRange(part.AsSpan(0, read));
        }
        while (read == part.Length);
        return [.. result];
    }

    // The mean frequency: by the crossings of zero, the first and the last placed between their samples.
    private static double Pitch(short[] samples, int rate)
    {
        var crossings = new List<double>();
        for (var i = rate / 10; i < samples.Length - rate / 10; i++)
        {
            if (samples[i - 1] < 0 && samples[i] >= 0)
                crossings.Add(i - (double)samples[i] / (samples[i] - samples[i - 1]));
        }
        return (crossings.Count - 1) / (crossings[^1] - crossings[0]) * rate;
    }

    // The correlation of the logarithmic spectra of frames that belong together.
    private static double Likeness(ReadOnlySpan<short> original, ReadOnlySpan<short> stretched, double speed)
    {
        var a = new List<double>();
        var b = new List<double>();
        for (var at = 0; at + 512 < original.Length && (int)(at / speed) + 512 < stretched.Length; at += 160)
        {
            a.AddRange(Spectrum(original.Slice(at, 512)));
            // The middles of both frames are to be the same moment.
            var there = Math.Max(0, (int)((at + 256) / speed) - 256);
            b.AddRange(Spectrum(stretched.Slice(Math.Min(there, stretched.Length - 512), 512)));
        }
        double meanA = a.Average(), meanB = b.Average(), product = 0, powerA = 0, powerB = 0;
        for (var i = 0; i < a.Count; i++)
        {
            product += (a[i] - meanA) * (b[i] - meanB);
            powerA += (a[i] - meanA) * (a[i] - meanA);
            powerB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.Sqrt(powerA * powerB);
    }

    private static IEnumerable<double> Spectrum(ReadOnlySpan<short> frame)
    {
        var values = new Complex[512];
        for (var i = 0; i < values.Length; i++)
            values[i] = frame[i] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / 512));
        Fft.Forward(values);
        int[] edges = [8, 13, 19, 26, 32, 40, 51, 64, 81, 102, 128, 161, 203];
        return edges.Zip(edges.Skip(1), (from, to) =>
            Math.Log10(1e4 + Enumerable.Range(from, to - from).Sum(bin => values[bin].Magnitude * values[bin].Magnitude)));
    }
}
