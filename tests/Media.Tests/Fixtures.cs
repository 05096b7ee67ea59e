using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests;

/// <summary>The spoken fixtures, and noises to mix with them.</summary>
internal static class Fixtures
{
    /// <summary>The names of all spoken files.</summary>
    public static IReadOnlyList<string> Spoken { get; } = ["message-rms.wav", "message-short.wav", "greeting-rms.wav"];

    /// <summary>A spoken file.</summary>
    public static AudioClip Read(string name) =>
        WavReader.TryRead(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, name)), out var clip, out var error)
            ? clip : throw new InvalidDataException($"{name}: {error}");

    /// <summary>White noise of an RMS value.</summary>
    public static double[] White(int length, int seed = 1)
    {
        var random = new Random(seed);
        var noise = new double[length];
        for (var i = 0; i < length; i++)
            noise[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return noise;
    }

    /// <summary>Pink noise: white through low-passes an octave and more apart, which together fall by 3 dB an octave.</summary>
    public static double[] Pink(int length)
    {
        var white = White(length, 2);
        double slow = 0, middle = 0, fast = 0;
        for (var i = 0; i < length; i++)
        {
            slow = 0.9976 * slow + 0.0990 * white[i];
            middle = 0.9630 * middle + 0.2965 * white[i];
            fast = 0.5700 * fast + 1.0527 * white[i];
            white[i] = slow + middle + fast + 0.1848 * white[i];
        }
        return white;
    }

    /// <summary>The hum of the mains, 50 Hz and its harmonics.</summary>
    public static double[] Hum(int length) =>
        [.. Enumerable.Range(0, length).Select(i => Enumerable.Range(1, 12).Sum(n => Math.Sin(2 * Math.PI * 50 * n * i / 8000 + n) / n))];

    /// <summary>A dozen people who speak all at once: the fixtures, each begun elsewhere.</summary>
    public static double[] Babble(int length)
    {
        var babble = new double[length];
        for (var voice = 0; voice < 12; voice++)
        {
            var clip = Read(Spoken[voice % Spoken.Count]).Samples.Span;
            for (var i = 0; i < length; i++)
                babble[i] += clip[(i + voice * 6151) % clip.Length];
        }
        return babble;
    }

    /// <summary>A noise by its name, so loud that a sound of <paramref name="speechPower"/> is <paramref name="decibels"/> above it.</summary>
    public static double[] Noise(string name, int length, double speechPower, double decibels)
    {
        var noise = name switch
        {
            "white" => White(length),
            "pink" => Pink(length),
            "hum" => Hum(length),
            "babble" => Babble(length),
            _ => throw new ArgumentException(name),
        };
        var power = noise.Average(value => value * value);
        var gain = Math.Sqrt(speechPower / power * Math.Pow(10, -decibels / 10));
        return [.. noise.Select(value => value * gain)];
    }

    /// <summary>The sum, cut where 16 bits end.</summary>
    public static short[] Add(ReadOnlySpan<short> samples, ReadOnlySpan<double> noise)
    {
        var sum = new short[samples.Length];
        for (var i = 0; i < sum.Length; i++)
            sum[i] = (short)Math.Clamp(Math.Round(samples[i] + noise[i]), short.MinValue, short.MaxValue);
        return sum;
    }
}
