using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class AudioComparisonTests
{
    private static readonly AudioClip Original = Voice(5);

    [Fact]
    public void The_same_sound_later_and_through_a_codec_is_the_same()
    {
        var recording = AudioClip.Join(AudioClip.Silence(TimeSpan.FromSeconds(1.2345)), Original.Through(AudioCodec.Pcma), AudioClip.Silence(TimeSpan.FromSeconds(1)));
        var comparison = AudioComparison.Compare(Original, recording);
        Assert.Equal(1.2345, comparison.Offset.TotalSeconds, 3);
        Assert.InRange(comparison.Correlation, 0.99, 1);
        Assert.Equal((0, 0, 0), (comparison.LostAtHead.TotalSeconds, comparison.LostAtTail.TotalSeconds, comparison.LongestGap.TotalSeconds));
    }

    [Fact]
    public void What_is_missing_at_the_ends_is_told()
    {
        var comparison = AudioComparison.Compare(Original, new AudioClip(Original.Samples[2400..^4000], 8000));
        Assert.Equal((0.3, 0.5, 0), (comparison.LostAtHead.TotalSeconds, comparison.LostAtTail.TotalSeconds, comparison.LongestGap.TotalSeconds));
        Assert.InRange(comparison.Correlation, 0.999, 1);
    }

    [Fact]
    public void A_hole_is_told()
    {
        var samples = Original.Samples.ToArray();
        samples.AsSpan(16000, 1600).Clear();
        Assert.Equal(0.2, AudioComparison.Compare(Original, new AudioClip(samples, 8000)).LongestGap.TotalSeconds);
    }

    [Fact]
    public void Something_inserted_is_told()
    {
        var shifted = AudioClip.Join(
            new AudioClip(Original.Samples[..16000], 8000), new AudioClip(new short[160], 8000), new AudioClip(Original.Samples[16000..], 8000));
        var comparison = AudioComparison.Compare(Original, shifted);
        Assert.True(comparison.Correlation < 0.9);
        Assert.True(comparison.LostAtHead + comparison.LostAtTail + comparison.LongestGap > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Another_sound_and_no_sound_are_not_it()
    {
        Assert.InRange(AudioComparison.Compare(Original, Voice(9)).Correlation, -1, 0.5);
        var nothing = AudioComparison.Compare(Original, new AudioClip(Array.Empty<short>(), 8000));
        Assert.Equal((0, Original.Duration), (nothing.Correlation, nothing.LostAtHead));
        Assert.Equal(Original.Duration, AudioComparison.Compare(Original, AudioClip.Silence(TimeSpan.FromSeconds(6))).LostAtHead);
    }

    private static AudioClip Voice(int seed)
    {
        var random = new Random(seed);
        double level = 0, value = 0;
        return new AudioClip(Enumerable.Range(0, 8000 * 4).Select(i =>
        {
            if (i % 800 == 0)
                level = random.NextDouble() * 8000;
            value = value * 0.7 + (random.NextDouble() - 0.5) * level;
            return (short)value;
        }).ToArray(), 8000);
    }
}
