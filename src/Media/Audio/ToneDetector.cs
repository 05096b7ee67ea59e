using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Hears a steady tone of any one frequency, such as the one after which to speak, in a stream of speech and silence. A pure tone obeys
/// x[n] + x[n-2] = 2 cos(ω) x[n-1]; what a frame leaves over of that tells it from speech.
/// </summary>
/// <param name="sampleRate">In Hz.</param>
public sealed class ToneDetector(int sampleRate) : IPcmSink
{
    /// <summary>Shorter tones are vowels or key clicks.</summary>
    private const double ShortestSeconds = 0.2;

    private const int FramesPerSecond = 50;

    // G.711 leaves about 0.0003 of a tone's energy over, a sung vowel some hundredths.
    private const double LargestResidual = 0.004;

    private const double SmallestLevel = 500;
    private const double LowestFrequency = 300;
    private const double HighestFrequency = 2500;

    private readonly short[] _frame = new short[sampleRate / FramesPerSecond];
    private readonly TaskCompletionSource _sounding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _filled;
    private int _toneFrames;

    /// <summary>Completes when a tone has sounded long enough to be one.</summary>
    public Task Sounding => _sounding.Task;

    /// <summary>Completes when a tone has sounded and something else, were it silence, was heard after it.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples)
    {
        while (!samples.IsEmpty)
        {
            var part = samples[..Math.Min(samples.Length, _frame.Length - _filled)];
            part.CopyTo(_frame.AsSpan(_filled));
            _filled += part.Length;
            samples = samples[part.Length..];
            if (_filled < _frame.Length) break;
            _filled = 0;
            Hear(IsTone(_frame));
        }

        return true;
    }

    private void Hear(bool tone)
    {
        if (!tone && _sounding.Task.IsCompleted) _ended.TrySetResult();
        _toneFrames = tone ? _toneFrames + 1 : 0;
        if (_toneFrames >= ShortestSeconds * FramesPerSecond) _sounding.TrySetResult();
    }

    private bool IsTone(ReadOnlySpan<short> frame)
    {
        double cross = 0, middle = 0, energy = 0;
        for (var n = 2; n < frame.Length; n++)
        {
            double sum = frame[n] + frame[n - 2];
            cross += frame[n - 1] * sum;
            middle += (double)frame[n - 1] * frame[n - 1];
            energy += sum * sum;
        }

        if (middle < SmallestLevel * SmallestLevel * frame.Length) return false;
        var coefficient = cross / middle;
        if (Math.Abs(coefficient) >= 2) return false;
        var frequency = Math.Acos(coefficient / 2) / (2 * Math.PI) * sampleRate;
        var residual = (energy - (coefficient * cross)) / middle;
        return residual < LargestResidual && frequency is > LowestFrequency and < HighestFrequency;
    }
}
