using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Server.Phone;

/// <summary>Keeps what a phone hears, and notices the tone after which to speak.</summary>
internal sealed class HeardAudio(int sampleRate) : IPcmSink
{
    /// <summary>What is kept at most: a diagnosis does not need more, and a call may last for hours.</summary>
    private static readonly TimeSpan MostKept = TimeSpan.FromMinutes(30);

    private readonly List<short> _samples = [];
    private readonly Lock _lock = new();
    private readonly ToneDetector _tone = new(sampleRate);

    /// <summary>Completes when the tone sounds.</summary>
    public Task ToneSounding => _tone.Sounding;

    /// <summary>Completes when the tone was followed by something else.</summary>
    public Task ToneEnded => _tone.Ended;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples)
    {
        _tone.Write(samples);
        lock (_lock)
        {
            if (_samples.Count < MostKept.TotalSeconds * sampleRate) _samples.AddRange(samples);
        }

        return true;
    }

    /// <summary>What was heard so far.</summary>
    public AudioClip ToClip()
    {
        lock (_lock) return new AudioClip(_samples.ToArray(), sampleRate);
    }
}
