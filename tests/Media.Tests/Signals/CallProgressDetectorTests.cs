using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Media.Tests.Signals;

public sealed class CallProgressDetectorTests
{
    public static TheoryData<string> Countries => [.. CountryTones.Countries];

    [Theory]
    [MemberData(nameof(Countries))]
    public void Every_signal_of_every_country_is_told(string country)
    {
        Assert.True(CountryTones.TryFind(country, out var tones));
        foreach (var (tone, expected) in Told)
        {
            var heard = Hear(country, Play(tones[tone]).Through(AudioCodec.Pcma));
            // Where busy and congestion are one signal, it is called busy.
            var same = tone == CallTone.Congestion && Same(tones[CallTone.Busy], tones[tone]);
            Assert.True(heard.SequenceEqual([same ? CallProgress.Busy : expected]), $"{country} {tone}: {string.Join(", ", heard)}");
        }
    }

    [Theory]
    [InlineData("de"), InlineData("us"), InlineData("gb"), InlineData("es"), InlineData("in")]
    public void Signals_are_told_in_noise_of_15_dB(string country)
    {
        Assert.True(CountryTones.TryFind(country, out var tones));
        foreach (var (tone, expected) in Told)
        {
            var clip = Play(tones[tone]);
            var power = Math.Pow(10, (tones[tone].Level - 6.14) / 10) * 32768 * 32768;
            var noisy = Fixtures.Add(clip.Samples.Span, Fixtures.Noise("white", clip.Samples.Length, power, 15));
            Assert.Equal([expected], Hear(country, new AudioClip(noisy, 8000)));
        }
    }

    // Exchanges keep their frequencies to 1 % and their times to 10 % (E.180 §7): played so much too fast or slow, all is off at once.
    [Theory]
    [InlineData(7920)]
    [InlineData(8080)]
    public void Signals_are_told_when_they_are_a_little_off(int rate)
    {
        Assert.True(CountryTones.TryFind("de", out var tones));
        foreach (var (tone, expected) in Told)
            Assert.Equal([expected], Hear("de", new AudioClip(new AudioClip(Play(tones[tone]).Samples, rate).Resample(8000).Samples, 8000)));
    }

    [Theory]
    [InlineData(16000)]
    [InlineData(48000)]
    public void Other_rates_hear_the_same(int rate)
    {
        Assert.True(CountryTones.TryFind("us", out var tones));
        var detector = new CallProgressDetector(tones, rate);
        detector.Write(tones[CallTone.Busy].ToClip(TimeSpan.FromSeconds(4), rate).Samples.Span);
        Assert.Equal([CallProgress.Busy], Drain(detector));
    }

    [Fact]
    public void A_call_that_rings_and_is_answered()
    {
        Assert.True(CountryTones.TryFind("de", out var tones));
        var call = AudioClip.Join(tones[CallTone.Ringing].ToClip(TimeSpan.FromSeconds(11)), Fixtures.Read("greeting-rms.wav"));
        Assert.Equal([CallProgress.Ringing, CallProgress.Voice], Hear("de", call));
    }

    [Fact]
    public void An_announcement_of_the_network_is_told_as_such_before_its_voice()
    {
        Assert.True(CountryTones.TryFind("us", out var tones));
        var call = AudioClip.Join(tones[CallTone.Information].ToClip(TimeSpan.FromSeconds(1.1)), Fixtures.Read("greeting-rms.wav"));
        Assert.Equal([CallProgress.Information, CallProgress.Voice], Hear("us", call));
    }

    [Fact]
    public void Speech_is_a_voice_and_no_signal()
    {
        foreach (var country in new[] { "de", "us", "in", "nz" })
        {
            foreach (var name in Fixtures.Spoken)
                Assert.Equal([CallProgress.Voice], Hear(country, Fixtures.Read(name)));
        }
    }

    [Theory]
    [InlineData("white")]
    [InlineData("pink")]
    [InlineData("hum")]
    public void Noise_is_nothing(string noise) =>
        Assert.Empty(Hear("de", new AudioClip(Fixtures.Add(new short[160_000], Fixtures.Noise(noise, 160_000, 3000 * 3000, 20)), 8000)));

    [Fact]
    public void A_fax_machine_that_answers_is_told() =>
        Assert.Equal([CallProgress.FaxAnswering], Hear("de", FaxSounds.Answering(2100)));

    [Fact]
    public void A_modem_whose_answer_tone_turns_its_phase_is_told() =>
        Assert.Equal([CallProgress.FaxAnswering], Hear("de", FaxSounds.Answering(2100, turns: true)));

    [Fact]
    public void A_fax_machine_that_calls_is_told() =>
        Assert.Equal([CallProgress.FaxCalling], Hear("de", FaxSounds.Calling(1100, 0.5, 3, 2)));

    private static (CallTone Tone, CallProgress Means)[] Told { get; } =
    [
        (CallTone.Dial, CallProgress.DialTone), (CallTone.Ringing, CallProgress.Ringing), (CallTone.Busy, CallProgress.Busy),
        (CallTone.Congestion, CallProgress.Congestion), (CallTone.Information, CallProgress.Information),
    ];

    // After a moment of silence, and as long as the longest takes to be sure.
    private static AudioClip Play(ToneSignal signal) => AudioClip.Join(
        AudioClip.Silence(TimeSpan.FromSeconds(0.5)), signal.ToClip(TimeSpan.FromSeconds(Math.Max(6, 2.2 * signal.Period.TotalSeconds))));

    private static bool Same(ToneSignal one, ToneSignal other) =>
        one.Bursts.Select(burst => (burst.On, burst.Off)).SequenceEqual(other.Bursts.Select(burst => (burst.On, burst.Off)));

    private static IReadOnlyList<CallProgress> Hear(string country, AudioClip clip)
    {
        Assert.True(CountryTones.TryFind(country, out var tones));
        var detector = new CallProgressDetector(tones, 8000);
        foreach (var part in clip.Samples.ToArray().Chunk(160))
            Assert.True(detector.Write(part));
        return Drain(detector);
    }

    private static List<CallProgress> Drain(CallProgressDetector detector)
    {
        detector.Complete();
        var heard = new List<CallProgress>();
        while (detector.Signals.TryRead(out var signal))
            heard.Add(signal);
        return heard;
    }
}
