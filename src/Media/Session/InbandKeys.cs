using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Session;

/// <summary>Listens for keys in the sound of a call whose other side agreed to no telephone-events.</summary>
internal sealed class InbandKeys : IPcmSink
{
    private readonly DtmfDetector _detector;
    private readonly int _sampleRate;
    private long _position;
    private (char Key, long Position)? _heard;
    private bool _stopped;

    /// <summary>Begins to listen.</summary>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="pressed">Called with each key.</param>
    public InbandKeys(int sampleRate, Action<char> pressed)
    {
        _sampleRate = sampleRate;
        _detector = new DtmfDetector(sampleRate, key =>
        {
            _heard = (key, _position);
            pressed(key);
        });
    }

    public bool Write(ReadOnlySpan<short> samples)
    {
        _position += samples.Length;
        return _stopped || _detector.Write(samples);
    }

    /// <summary>True when a key was heard within the last second: a phone system that also says it in the signalling does so by then.</summary>
    public bool HeardJustNow(char key) => _heard is { } heard && heard.Key == key && _position - heard.Position <= _sampleRate;

    /// <summary>Keys come another way, so that the sound need not be listened to any more.</summary>
    public void Stop() => (_stopped, _heard) = (true, null);
}
