using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class SpeechDetectorTests
{
    private readonly SpeechDetector detector = new(8000);
    private readonly Random random = new(3);

    [Fact]
    public void Silence_is_not_speech()
    {
        detector.Add(new short[8000 * 3]);
        Assert.False(detector.ContainsSpeech);
        Assert.Equal(TimeSpan.FromSeconds(3), detector.Position);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(1500)]
    public void Steady_noise_is_not_speech(int amplitude)
    {
        Noise(8, amplitude);
        Assert.True(detector.Speech <= TimeSpan.FromMilliseconds(100), $"{detector.Speech} of noise were taken for speech");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(500)]
    public void Words_are_found_in_noise_and_where_they_end(int amplitude)
    {
        Noise(1, amplitude);
        Word(0.4, amplitude);
        Noise(0.2, amplitude);
        Word(0.4, amplitude);
        Noise(4, amplitude);
        Assert.True(detector.ContainsSpeech);
        Assert.InRange(detector.Speech.TotalSeconds, 0.6, 0.9);
        Assert.InRange(detector.SpeechEnd.TotalSeconds, 1.9, 2.1);
    }

    [Fact]
    public void A_word_at_the_very_beginning_counts()
    {
        Word(0.4, 0);
        Noise(1, 10);
        Assert.True(detector.ContainsSpeech);
    }

    [Fact]
    public void A_click_does_not_count()
    {
        Noise(1, 20);
        detector.Add([30000, -30000, 20000]);
        Noise(1, 20);
        Assert.False(detector.ContainsSpeech);
    }

    private void Noise(double seconds, int amplitude) =>
        detector.Add([.. Enumerable.Range(0, (int)(seconds * 8000)).Select(_ => (short)random.Next(-amplitude, amplitude + 1))]);

    // A voiced sound that swells and fades, as a word does.
    private void Word(double seconds, int noise)
    {
        var length = (int)(seconds * 8000);
        detector.Add([.. Enumerable.Range(0, length).Select(i =>
            (short)(9000 * Math.Sin(Math.PI * i / length) * Math.Sin(2 * Math.PI * 150 * i / 8000) + random.Next(-noise, noise + 1)))]);
    }
}
