using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Tests.Signals;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>When a recording ends, on lines as they are.</summary>
public sealed class RecordingMonitorTests : IPcmSink
{
    private static readonly RecordingLimits Limits = new() { MaxSilence = TimeSpan.FromSeconds(4), EndOnFax = true };

    private readonly RecordingMonitor _monitor;
    private int _samples;

    public RecordingMonitorTests() => _monitor = new RecordingMonitor(this, Limits, 8000, start: 0);

    public bool Write(ReadOnlySpan<short> samples)
    {
        _samples += samples.Length;
        return true;
    }

    [Theory]
    [InlineData("white", 20, 4.3), InlineData("white", 10, 4.3), InlineData("white", 5, 4.3)]
    [InlineData("pink", 20, 4.3), InlineData("pink", 10, 4.3), InlineData("pink", 5, 4.3)]
    [InlineData("hum", 20, 4.3), InlineData("hum", 10, 4.3), InlineData("hum", 5, 4.3)]
    // In a full room one of the other voices stands out once, and the time begins anew.
    [InlineData("babble", 20, 7.5), InlineData("babble", 10, 7.5), InlineData("babble", 5, 7.5)]
    public void Silence_ends_it_behind_the_last_word_and_not_before_it_whatever_the_noise(string noise, double decibels, double latest)
    {
        var words = Fixtures.Read("message-rms.wav");
        var samples = new short[words.Samples.Length + 8000 * 12];
        words.Samples.Span.CopyTo(samples);
        var power = words.Samples.ToArray().Average(sample => (double)sample * sample);
        Speak(new AudioClip(Fixtures.Add(samples, Fixtures.Noise(noise, samples.Length, power, decibels)), 8000));
        Assert.Equal(RecordingEnd.Silence, _monitor.Outcome.End);
        Assert.True(_monitor.Outcome.ContainsSpeech);
        Assert.InRange(_samples / 8000.0 - words.Duration.TotalSeconds, 3.4, latest);
    }

    [Fact]
    public void A_fax_machine_ends_it()
    {
        Speak(FaxSounds.Calling(1100, 0.5, 3, 5));
        Assert.Equal(RecordingEnd.Fax, _monitor.Outcome.End);
        Assert.InRange(_samples / 8000.0, 4.7, 5);
    }

    private void Speak(AudioClip clip)
    {
        foreach (var part in clip.Samples.ToArray().Chunk(160))
        {
            if (!_monitor.Write(part))
                return;
            _monitor.Tick(_samples / 8000.0, _samples / 8000.0);
        }
    }
}
