using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Media.Tests.Signals;

public sealed class FaxCallDetectorTests
{
    // ITU-T T.30 §4.3.3.3.5: 1100 ± 38 Hz, 0.5 s and 3 s, both to 15 %.
    [Theory]
    [InlineData(1100, 0.5, 3)]
    [InlineData(1063, 0.43, 2.6)]
    [InlineData(1137, 0.57, 3.4)]
    public void The_calling_tone_is_known_by_its_second_sound(double frequency, double on, double off)
    {
        Assert.True(IsFax(FaxSounds.Calling(frequency, on, off, 2).Through(AudioCodec.Pcmu)));
        Assert.False(IsFax(FaxSounds.Calling(frequency, on, off, 1)));
    }

    [Fact]
    public void It_is_known_in_noise()
    {
        var clip = FaxSounds.Calling(1100, 0.5, 3, 3);
        Assert.True(IsFax(new AudioClip(Fixtures.Add(clip.Samples.Span, Fixtures.Noise("pink", clip.Samples.Length, 4600.0 * 4600, 15)), 8000)));
    }

    [Theory]
    [InlineData(1000, 0.5, 3)]
    [InlineData(1200, 0.5, 3)]
    [InlineData(1100, 0.25, 3)]
    [InlineData(1100, 0.9, 3)]
    [InlineData(1100, 0.5, 1)]
    [InlineData(1100, 0.5, 5)]
    public void Other_beeps_are_none(double frequency, double on, double off) => Assert.False(IsFax(FaxSounds.Calling(frequency, on, off, 5)));

    [Fact]
    public void No_speech_is_taken_for_it()
    {
        foreach (var name in Fixtures.Spoken)
        {
            var clip = Fixtures.Read(name);
            Assert.False(IsFax(clip));
            foreach (var noise in new[] { "white", "pink", "hum", "babble" })
                Assert.False(IsFax(new AudioClip(Fixtures.Add(clip.Samples.Span, Fixtures.Noise(noise, clip.Samples.Length, 2000 * 2000, 10)), 8000)));
        }
    }

    private static bool IsFax(AudioClip clip)
    {
        var detector = new FaxCallDetector(clip.SampleRate);
        foreach (var part in clip.Samples.ToArray().Chunk(160))
            detector.Add(part);
        return detector.IsFax;
    }
}
