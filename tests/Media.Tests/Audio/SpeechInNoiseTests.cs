using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Audio;

/// <summary>
/// How much of the speech of the fixtures is found in noise, and how much noise is refused. The speech is the frames of the clean
/// file within 25 dB of its loudest; before and behind it the noise is alone for some seconds.
/// </summary>
public sealed class SpeechInNoiseTests(ITestOutputHelper output)
{
    private const int Before = 8000 * 4;
    private const int Behind = 8000 * 12;

    [Theory]
    [InlineData("white", 20, 0.9)]
    [InlineData("white", 10, 0.8)]
    [InlineData("white", 5, 0.6)]
    [InlineData("pink", 20, 0.9)]
    [InlineData("pink", 10, 0.8)]
    [InlineData("pink", 5, 0.6)]
    [InlineData("hum", 20, 0.9)]
    [InlineData("hum", 10, 0.8)]
    [InlineData("hum", 5, 0.6)]
    [InlineData("babble", 20, 0.9)]
    [InlineData("babble", 10, 0.8)]
    [InlineData("babble", 5, 0.6)]
    public void Speech_is_found_and_noise_refused(string noise, double decibels, double leastFound)
    {
        foreach (var name in Fixtures.Spoken)
        {
            var (found, refused, end) = Judge(Fixtures.Read(name), noise, decibels);
            output.WriteLine($"{noise} {decibels} dB {name}: {found:P1} of speech found, {refused:P1} of noise refused, end {end:+0.00;-0.00} s");
            Assert.True(found >= leastFound, $"{name}: {found:P1} found");
            Assert.True(refused >= 0.99, $"{name}: {refused:P1} refused");
            Assert.InRange(end, -0.35, 0.1);
        }
    }

    [Theory]
    [InlineData("white", 100, 0.3)]
    [InlineData("white", 1000, 0.3)]
    [InlineData("pink", 1000, 0.3)]
    [InlineData("hum", 1000, 0.3)]
    // Voices are voices: when several meet, one of them seems to stand out.
    [InlineData("babble", 1000, 3)]
    public void In_two_minutes_of_noise_nobody_speaks(string noise, double amplitude, double most)
    {
        var detector = new SpeechDetector(8000);
        var samples = Fixtures.Noise(noise, 8000 * 120, amplitude * amplitude, 0);
        detector.Add(Fixtures.Add(new short[samples.Length], samples));
        Assert.True(detector.Speech < TimeSpan.FromSeconds(most), $"{detector.Speech} of {noise} were taken for speech");
    }

    [Fact]
    public void Who_speaks_without_a_pause_is_heard_to_the_end()
    {
        var detector = new SpeechDetector(8000);
        var words = AudioClip.Join([.. Enumerable.Repeat(Fixtures.Read("message-rms.wav"), 6)]);
        detector.Add(words.Samples.Span);
        Assert.InRange(detector.Speech / words.Duration, 0.85, 1);
        Assert.InRange(words.Duration.TotalSeconds - detector.SpeechEnd.TotalSeconds, 0, 0.5);
    }

    // A fan is switched on: for two seconds it may be anything, then it is noise.
    [Fact]
    public void Noise_that_begins_in_the_middle_becomes_noise()
    {
        var detector = new SpeechDetector(8000);
        var noise = Fixtures.Noise("pink", 8000 * 20, 1500 * 1500, 0);
        noise.AsSpan(0, 8000 * 5).Clear();
        detector.Add(Fixtures.Add(new short[noise.Length], noise));
        Assert.InRange(detector.SpeechEnd.TotalSeconds, 0, 7.5);
    }

    private static (double Found, double Refused, double End) Judge(AudioClip clean, string noise, double decibels)
    {
        var speech = SpeechFrames(clean);
        var power = speech.Select((isSpeech, i) => (isSpeech, Power: Power(clean, i))).Where(frame => frame.isSpeech).Average(frame => frame.Power);
        var padded = new short[Before + clean.Samples.Length + Behind];
        clean.Samples.Span.CopyTo(padded.AsSpan(Before));
        var mixed = Fixtures.Add(padded, Fixtures.Noise(noise, padded.Length, power, decibels));
        var detector = new SpeechDetector(8000);
        var told = new bool[mixed.Length / 160];
        for (var i = 0; i < told.Length; i++)
        {
            detector.Add(mixed.AsSpan(i * 160, 160));
            told[i] = detector.IsSpeaking;
        }
        int found = 0, refused = 0, noiseFrames = 0;
        for (var i = 0; i < told.Length; i++)
        {
            // The first frames of a run count with its third: speech is told 40 ms late.
            var at = i - Before / 160;
            if (at >= 0 && at < speech.Length && speech[at])
                found += told[i] || told[i + 1] || told[i + 2] ? 1 : 0;
            else if (at < 0 || at > speech.Length + 10)
                (noiseFrames, refused) = (noiseFrames + 1, refused + (told[i] ? 0 : 1));
        }
        var end = (Before / 160 + Array.FindLastIndex(speech, frame => frame) + 1) * 0.02;
        return ((double)found / speech.Count(frame => frame), (double)refused / noiseFrames, detector.SpeechEnd.TotalSeconds - end);
    }

    private static bool[] SpeechFrames(AudioClip clean)
    {
        var powers = Enumerable.Range(0, clean.Samples.Length / 160).Select(i => Power(clean, i)).ToArray();
        var least = powers.Max() * Math.Pow(10, -2.5);
        return [.. powers.Select(power => power >= least)];
    }

    private static double Power(AudioClip clip, int frame)
    {
        var sum = 0.0;
        foreach (var sample in clip.Samples.Span.Slice(frame * 160, 160))
            sum += (double)sample * sample;
        return sum / 160;
    }
}
