using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class DtmfDetectorTests
{
    private const string Keys = "147*2580369#ABCD";

    private static readonly double[] Low = [697, 770, 852, 941];
    private static readonly double[] High = [1209, 1336, 1477, 1633];

    [Theory]
    [InlineData(8000)]
    [InlineData(16000)]
    [InlineData(44100)]
    [InlineData(48000)]
    public void Every_key_is_heard_once(int rate) => Assert.Equal(Keys, Heard(new Dial(rate).Press(Keys, 0.08, 0.08), rate));

    [Fact]
    public void A_key_that_is_held_counts_once() => Assert.Equal("5", Heard(new Dial(8000).Press("5", 6, 0.1)));

    [Fact]
    public void The_same_key_twice_counts_twice() => Assert.Equal("1122", Heard(new Dial(8000).Press("1122", 0.05, 0.045)));

    // Wherever in the detector's grid and in their waves the tones begin.
    [Theory, InlineData(8000), InlineData(16000)]
    public void Forty_milliseconds_are_a_key(int rate)
    {
        for (var seed = 0; seed < 20; seed++)
            Assert.Equal(Keys, Heard(new Dial(rate, seed).Wait(seed * 0.0007).Press(Keys, 0.04, 0.06), rate));
    }

    [Theory, InlineData(8000), InlineData(16000)]
    public void Twenty_milliseconds_are_none(int rate)
    {
        for (var seed = 0; seed < 20; seed++)
            Assert.Equal("", Heard(new Dial(rate, seed).Wait(seed * 0.0007).Press(Keys, 0.02, 0.06), rate));
    }

    [Theory]
    [InlineData(0.015, 0.015)]
    [InlineData(-0.015, -0.015)]
    [InlineData(0.015, -0.015)]
    [InlineData(-0.015, 0.015)]
    public void Frequencies_may_be_off_by_one_and_a_half_percent(double low, double high) =>
        Assert.Equal(Keys, Heard(new Dial(8000) { LowOff = low, HighOff = high }.Press(Keys, 0.05, 0.05)));

    [Theory]
    [InlineData(0.035, 0)]
    [InlineData(-0.035, 0)]
    [InlineData(0, 0.035)]
    [InlineData(0, -0.035)]
    [InlineData(0.035, -0.035)]
    public void Frequencies_must_not_be_off_by_three_and_a_half_percent(double low, double high) =>
        Assert.Equal("", Heard(new Dial(8000) { LowOff = low, HighOff = high }.Press(Keys, 0.1, 0.05)));

    [Theory]
    [InlineData(8, true)]
    [InlineData(-4, true)]
    [InlineData(12, false)]
    [InlineData(-8, false)]
    public void The_tones_may_differ_by_8_dB_and_by_4_the_other_way(double twist, bool heard) =>
        Assert.Equal(heard ? Keys : "", Heard(new Dial(8000) { Twist = twist }.Press(Keys, 0.05, 0.05)));

    [Theory]
    [InlineData(-6, true)]
    [InlineData(-36, true)]
    [InlineData(-46, false)]
    public void Quiet_keys_are_heard_and_cross_talk_is_not(double level, bool heard) =>
        Assert.Equal(heard ? Keys : "", Heard(new Dial(8000) { Level = level }.Press(Keys, 0.05, 0.05)));

    [Theory]
    [InlineData("PCMU")]
    [InlineData("PCMA")]
    [InlineData("G722")]
    public void Keys_are_heard_in_noise_of_20_dB_below_them_through_a_codec(string name)
    {
        var codec = AudioCodec.BuiltIn.Single(each => each.Name == name);
        for (var seed = 0; seed < 10; seed++)
        {
            var dialled = new Dial(codec.SampleRate, seed) { SignalToNoise = 20 }.Press(Keys, 0.05, 0.05);
            Assert.Equal(Keys, Heard(new AudioClip(dialled.Samples, codec.SampleRate).Through(codec).Samples.Span, codec.SampleRate));
        }
    }

    // As in a call: packets of 20 ms, each twentieth lost, at random, and concealed.
    [Theory, InlineData(8000), InlineData(16000)]
    public void Keys_are_heard_after_the_loss_of_5_percent(int rate)
    {
        var frame = rate / 50;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var samples = new Dial(rate, seed) { SignalToNoise = 20 }.Press(Keys, 0.1, 0.1).Samples.AsSpan();
            var concealment = new LossConcealment(rate);
            for (var at = 0; at + frame <= samples.Length; at += frame)
            {
                if (random.Next(20) == 0)
                    concealment.Conceal(samples.Slice(at, frame));
                else
                    concealment.Observe(samples.Slice(at, frame));
            }
            Assert.Equal(Keys, Heard(samples, rate));
        }
    }

    // A voice that is taken for a key ends somebody's message. The fixtures at several speeds are voices of several pitches.
    [Fact]
    public async Task Nobody_is_heard_pressing_keys_by_speaking()
    {
        foreach (var name in SpeechFixtures.Names)
        {
            var speech = await SpeechFixtures.ReadAsync(name);
            for (var rate = 6000; rate <= 11_000; rate += 250)
                Assert.Equal("", Heard(new AudioClip(speech.Samples, rate).Resample(8000).Samples.Span));
            Assert.Equal("", Heard(speech.Resample(16000).Samples.Span, 16000));
        }
    }

    [Fact]
    public void Neither_noise_nor_silence_nor_the_tones_of_a_phone_system_are_keys()
    {
        var random = new Random(1);
        Assert.Equal("", Heard([.. Enumerable.Range(0, 80_000).Select(_ => (short)random.Next(-20_000, 20_000))]));
        Assert.Equal("", Heard(new short[80_000]));
        foreach (var country in CountryTones.Countries)
        {
            Assert.True(CountryTones.TryFind(country, out var tones));
            foreach (var tone in Enum.GetValues<CallTone>())
                Assert.Equal("", Heard(tones[tone].ToClip(TimeSpan.FromSeconds(3)).Samples.Span));
        }
        foreach (var frequency in Low.Concat(High))
            Assert.Equal("", Heard(Tones.Tone(1, 0.5, frequency).Samples.Span));
        Assert.Equal("", Heard(Tones.Tone(1, 0.5, 350, 440).Samples.Span));
        Assert.Equal("", Heard(Tones.Tone(1, 0.5, 697, 1209, 1477).Samples.Span));
        Assert.Equal("", Heard(Tones.Tone(1, 0.5, 697, 852, 1209).Samples.Span));
    }

    [Fact]
    public void It_allocates_nothing_while_it_listens()
    {
        var detector = new DtmfDetector(8000, _ => { });
        var frame = new short[160];
        detector.Write(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            detector.Write(frame);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string Heard(Dial dial, int rate = 8000) => Heard(dial.Samples, rate);

    private static string Heard(ReadOnlySpan<short> samples, int rate = 8000)
    {
        var heard = "";
        var detector = new DtmfDetector(rate, key => heard += key);
        for (; !samples.IsEmpty; samples = samples[Math.Min(samples.Length, rate / 50)..])
            detector.Write(samples[..Math.Min(samples.Length, rate / 50)]);
        return heard;
    }

    // What a telephone sends.
    private sealed class Dial(int rate, int seed = 0)
    {
        private readonly Random _random = new(seed);
        private readonly List<short> _samples = [.. new short[rate / 20]];

        public double LowOff { get; init; }
        public double HighOff { get; init; }
        public double Level { get; init; } = -10;
        public double Twist { get; init; }
        public double? SignalToNoise { get; init; }

        public short[] Samples => [.. _samples];

        public Dial Wait(double seconds)
        {
            for (var i = 0; i < seconds * rate; i++)
                _samples.Add(Sample(0));
            return this;
        }

        public Dial Press(string keys, double on, double off)
        {
            foreach (var key in keys)
            {
                var place = "123A456B789C*0#D".IndexOf(key, StringComparison.Ordinal);
                var (low, high) = (Low[place / 4] * (1 + LowOff), High[place % 4] * (1 + HighOff));
                var (lowPhase, highPhase) = (_random.NextDouble() * 2 * Math.PI, _random.NextDouble() * 2 * Math.PI);
                // The weaker of the two has the level.
                var (lowLevel, highLevel) = (Amplitude(Math.Max(0, Twist)), Amplitude(Math.Max(0, -Twist)));
                for (var i = 0; i < on * rate; i++)
                {
                    var time = 2 * Math.PI * i / rate;
                    _samples.Add(Sample(lowLevel * Math.Sin(low * time + lowPhase) + highLevel * Math.Sin(high * time + highPhase)));
                }
                Wait(off);
            }
            return this;
        }

        private double Amplitude(double above) => short.MaxValue * Math.Pow(10, (Level - (Twist == 0 ? 0 : 6) + above) / 20);

        // Noise of the power of both tones, so many dB less; twelve even numbers make a good Gaussian one.
        private short Sample(double value)
        {
            if (SignalToNoise is { } ratio)
                value += (Enumerable.Range(0, 12).Sum(_ => _random.NextDouble()) - 6) * Amplitude(0) * Math.Pow(10, -ratio / 20);
            return (short)Math.Clamp(Math.Round(value), short.MinValue, short.MaxValue);
        }
    }
}
