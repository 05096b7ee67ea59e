using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Audio;

public sealed class SpeechDetectorTests
{
    private readonly SpeechDetector _detector = new(8000);
    private readonly Random _random = new(3);

    [Fact]
    public void Silence_is_not_speech()
    {
        _detector.Add(new short[8000 * 3]);
        Assert.False(_detector.ContainsSpeech);
        Assert.Equal(TimeSpan.FromSeconds(3), _detector.Position);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(1500)]
    public void Steady_noise_is_not_speech(int amplitude)
    {
        Noise(8, amplitude);
        Assert.True(_detector.Speech <= TimeSpan.FromMilliseconds(100), $"{_detector.Speech} of noise were taken for speech");
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
        Assert.True(_detector.ContainsSpeech);
        // The moment after each word counts; between the two it is nearly all of the pause.
        Assert.InRange(_detector.Speech.TotalSeconds, 0.6, 1.2);
        Assert.InRange(_detector.SpeechEnd.TotalSeconds, 1.9, 2.1);
    }

    [Fact]
    public void A_word_at_the_very_beginning_counts()
    {
        Word(0.4, 0);
        Noise(1, 10);
        Assert.True(_detector.ContainsSpeech);
    }

    [Fact]
    public void A_click_does_not_count()
    {
        Noise(1, 20);
        _detector.Add([30000, -30000, 20000]);
        Noise(1, 20);
        Assert.False(_detector.ContainsSpeech);
    }

    private void Noise(double seconds, int amplitude) =>
        _detector.Add([.. Enumerable.Range(0, (int)(seconds * 8000)).Select(_ => (short)_random.Next(-amplitude, amplitude + 1))]);

    // A voiced sound that swells and fades, as a word does.
    private void Word(double seconds, int noise)
    {
        var length = (int)(seconds * 8000);
        _detector.Add([.. Enumerable.Range(0, length).Select(i =>
            (short)(9000 * Math.Sin(Math.PI * i / length) * Math.Sin(2 * Math.PI * 150 * i / 8000) + _random.Next(-noise, noise + 1)))]);
    }
}
