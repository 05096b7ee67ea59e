using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// The decoder of a codec that was not agreed on, for a stream whose samples have another rate: a phone may change from G.722 to G.711
/// without a word when it offered both (RFC 3264 §5.1). Few do, so nothing is made before the first such packet.
/// </summary>
/// <param name="codec">The codec.</param>
/// <param name="rate">The rate of the stream, in Hz.</param>
internal sealed class RateMatchingDecoder(AudioCodec codec, int rate) : IAudioDecoder
{
    private IAudioDecoder? _decoder;
    private StreamResampler? _resampler;
    private short[] _decoded = [];

    private IAudioDecoder Decoder => _decoder ??= codec.CreateDecoder();
    private StreamResampler Resampler => _resampler ??= new StreamResampler(codec.SampleRate, rate);

    public int SamplesIn(ReadOnlySpan<byte> payload) => Resampler.OutputFor(Decoder.SamplesIn(payload));

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        // Grows once, for the longest packet of the call.
        if (_decoded.Length < Decoder.SamplesIn(payload))
            _decoded = new short[Decoder.SamplesIn(payload)];
        return Resampler.Process(_decoded.AsSpan(0, Decoder.Decode(payload, _decoded)), samples);
    }

    public void Dispose() => _decoder?.Dispose();

    /// <summary>A decoder for a stream: that of the codec itself when it has the rate of the stream.</summary>
    public static IAudioDecoder For(AudioCodec codec, int rate) => codec.SampleRate == rate ? codec.CreateDecoder() : new RateMatchingDecoder(codec, rate);
}
