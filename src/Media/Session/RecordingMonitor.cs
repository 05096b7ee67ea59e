using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Signals;

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
    private readonly FaxCallDetector? _fax = limits.EndOnFax ? new FaxCallDetector(sampleRate) : null;
    private readonly double _maxSilence = limits.MaxSilence?.TotalSeconds ?? double.PositiveInfinity;
    private readonly double _maxDuration = limits.MaxDuration?.TotalSeconds ?? double.PositiveInfinity;
    private readonly long _mostSamples = (long?)(limits.MaxDuration?.TotalSeconds * sampleRate) ?? long.MaxValue;
    private readonly double _mediaTimeout = limits.MediaTimeout?.TotalSeconds ?? double.PositiveInfinity;
    private RecordingEnd _end;
    private char? _key;
    private bool _over;

    /// <summary>The rate of what it takes, in Hz: the same to the end of the recording, whatever becomes of the call's codec.</summary>
    public int SampleRate => sampleRate;

    /// <summary>Completes when the recording is over.</summary>
    public Task Ended => _ended.Task;

    public RecordingOutcome Outcome =>
        new(_end, _key, _speech.Position, _speech.Speech, _speech.SpeechEnd, _speech.ContainsSpeech);

    /// <summary>Tells what a packet needs of it.</summary>
    public void Join(WorkingSet working) =>
        (working[WorkingPart.Monitor], working[WorkingPart.Speech], working[WorkingPart.Sink]) = (this, _speech, sink);

    /// <summary>No packet needs it any more.</summary>
    public void Leave(WorkingSet working) =>
        (working[WorkingPart.Monitor], working[WorkingPart.Speech], working[WorkingPart.Sink]) = (null, null, null);

    public bool Write(ReadOnlySpan<short> samples)
    {
        if (_over)
            return false;
        samples = samples[..(int)Math.Clamp(_mostSamples - _speech.Samples, 0, samples.Length)];
        _speech.Add(samples);
        _fax?.Add(samples);
        if (!sink.Write(samples))
            End(RecordingEnd.SinkFailed);
        else if (_fax is { IsFax: true })
            End(RecordingEnd.Fax);
        else if (_speech.Samples >= _mostSamples)
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
        var position = (double)_speech.Samples / sampleRate + (quiet > PauseAfter ? quiet : 0);
        if (quiet >= _mediaTimeout)
            End(RecordingEnd.MediaTimeout);
        else if (position - _speech.SpeechEnd.TotalSeconds >= _maxSilence)
            End(RecordingEnd.Silence);
        else if (position >= _maxDuration)
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
