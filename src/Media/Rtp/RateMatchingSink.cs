using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Rtp;

/// <summary>Stands before a sink that wants another rate than the stream has.</summary>
/// <param name="sink">Gets the samples.</param>
/// <param name="from">The rate of the stream, in Hz.</param>
/// <param name="to">The rate that the sink wants, in Hz.</param>
internal sealed class RateMatchingSink(IPcmSink sink, int from, int to) : IPcmSink
{
    private readonly StreamResampler _resampler = new(from, to);
    private short[] _resampled = [];

    public bool Write(ReadOnlySpan<short> samples)
    {
        // Grows once, for the longest packet of the call.
        if (_resampled.Length < _resampler.OutputFor(samples.Length))
            _resampled = new short[_resampler.OutputFor(samples.Length) + 1];
        return sink.Write(_resampled.AsSpan(0, _resampler.Process(samples, _resampled)));
    }

    /// <summary>A sink for a stream: itself when it has the rate of the stream.</summary>
    public static IPcmSink For(IPcmSink sink, int from, int to) => from == to ? sink : new RateMatchingSink(sink, from, to);
}
