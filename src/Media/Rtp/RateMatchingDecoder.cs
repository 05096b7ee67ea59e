using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// The decoder of a codec that was not agreed on, for a stream whose samples have another rate: a phone may change from G.722 to G.711
/// without a word when it offered both (RFC 3264 §5.1).
/// </summary>
/// <param name="decoder">The decoder.</param>
/// <param name="from">Its rate, in Hz.</param>
/// <param name="to">The rate of the stream, in Hz.</param>
internal sealed class RateMatchingDecoder(IAudioDecoder decoder, int from, int to) : IAudioDecoder
{
    private readonly StreamResampler _resampler = new(from, to);
    private short[] _decoded = [];

    public int SamplesIn(ReadOnlySpan<byte> payload) => _resampler.OutputFor(decoder.SamplesIn(payload));

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        // Grows once, for the longest packet of the call.
        if (_decoded.Length < decoder.SamplesIn(payload))
            _decoded = new short[decoder.SamplesIn(payload)];
        return _resampler.Process(_decoded.AsSpan(0, decoder.Decode(payload, _decoded)), samples);
    }

    public void Dispose() => decoder.Dispose();

    /// <summary>A decoder for a stream: that of the codec itself when it has the rate of the stream.</summary>
    public static IAudioDecoder For(AudioCodec codec, int rate) =>
        codec.SampleRate == rate ? codec.CreateDecoder() : new RateMatchingDecoder(codec.CreateDecoder(), codec.SampleRate, rate);
}
