using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Stands between a call and its recorder and sees when the recording is to end. Always called under the lock of the
/// <see cref="Receiver"/>.
/// </summary>
internal sealed class RecordingMonitor(IPcmSink sink, RecordingLimits limits, int sampleRate, double start) : IPcmSink
{
    // Phones that send nothing in silence: so long after the last packet the time counts as silence.
    private const double PauseAfter = 0.2;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SpeechDetector _speech = new(sampleRate);
    private RecordingEnd _end;
    private char? _key;
    private bool _over;

    /// <summary>The rate of the recording, in Hz.</summary>
    public int SampleRate => sampleRate;

    /// <summary>Completes when the recording is over.</summary>
    public Task Ended => _ended.Task;

    public RecordingOutcome Outcome =>
        new(_end, _key, _speech.Position, _speech.Speech, _speech.SpeechEnd, _speech.ContainsSpeech);

    public bool Write(ReadOnlySpan<short> samples)
    {
        if (_over)
            return false;
        if (limits.MaxDuration is { } most)
        {
            var left = (long)(most.TotalSeconds * sampleRate) - _speech.Samples;
            samples = samples[..(int)Math.Clamp(left, 0, samples.Length)];
        }
        _speech.Add(samples);
        if (!sink.Write(samples))
            End(RecordingEnd.SinkFailed);
        else if (_speech.Position >= limits.MaxDuration)
            End(RecordingEnd.MaxDuration);
        return !_over;
    }

    public bool Pressed(char pressed)
    {
        if (_over || !limits.StopKeys.Contains(pressed, StringComparison.Ordinal))
            return false;
        _key = pressed;
        End(RecordingEnd.Key);
        return true;
    }

    public void Tick(double now, double? lastPacket)
    {
        var quiet = now - Math.Max(lastPacket ?? start, start);
        var pause = quiet > PauseAfter ? TimeSpan.FromSeconds(quiet) : TimeSpan.Zero;
        if (quiet >= limits.MediaTimeout?.TotalSeconds)
            End(RecordingEnd.MediaTimeout);
        else if (_speech.Position - _speech.SpeechEnd + pause >= limits.MaxSilence)
            End(RecordingEnd.Silence);
        else if (_speech.Position + pause >= limits.MaxDuration)
            End(RecordingEnd.MaxDuration);
    }

    public void End(RecordingEnd reason)
    {
        if (_over)
            return;
        _over = true;
        _end = reason;
        _ended.TrySetResult();
    }
}
