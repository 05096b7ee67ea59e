namespace UnifiedMsg.Media.Codecs;

/// <summary>A decoder of libopus for one stream. Stereo is mixed to one channel by the library.</summary>
internal sealed class OpusDecoder : IAudioDecoder
{
    // RFC 6716 §3.4: a packet has 120 ms at most.
    private readonly int _longestPacket;
    private readonly int _sampleRate;
    private readonly OpusDecoderHandle _decoder;

    public OpusDecoder(int sampleRate)
    {
        (_sampleRate, _longestPacket) = (sampleRate, sampleRate * 120 / 1000);
        _decoder = OpusLibrary.CreateDecoder(sampleRate, 1, out var error);
        if (error != 0 || _decoder.IsInvalid)
            throw new InvalidOperationException($"libopus makes no decoder: error {error}");
    }

    public int SamplesIn(ReadOnlySpan<byte> payload)
    {
        var count = payload.IsEmpty ? 0 : OpusLibrary.SamplesIn(payload, payload.Length, _sampleRate);
        return count > 0 && count <= _longestPacket ? count : 0;
    }

    // A packet that turns out to be malformed inside is concealed in its length.
    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var expected = SamplesIn(payload);
        var count = OpusLibrary.Decode(_decoder, payload, payload.Length, samples, samples.Length, decodeFec: 0);
        if (count < 0 && (count = Conceal(samples[..expected])) < expected)
            samples[count..expected].Clear();
        return expected;
    }

    // The next packet may have a coarse copy of the frame before it (RFC 6716 §2.1.7), which is as long as its own; what was lost before
    // that the decoder guesses from what it played last.
    public bool Recover(ReadOnlySpan<byte> next, Span<short> lost)
    {
        var repaired = Math.Min(SamplesIn(next), lost.Length);
        var guessed = lost[..^repaired];
        guessed[Conceal(guessed)..].Clear();
        if (repaired > 0 && OpusLibrary.Decode(_decoder, next, next.Length, lost[^repaired..], repaired, decodeFec: 1) != repaired)
            lost[^repaired..].Clear();
        return true;
    }

    public void Dispose() => _decoder.Dispose();

    private int Conceal(Span<short> samples)
    {
        // The library conceals in steps of 2.5 ms.
        var step = _sampleRate / 400;
        var done = 0;
        while (samples.Length - done >= step)
        {
            var part = Math.Min(samples.Length - done, _longestPacket) / step * step;
            if (OpusLibrary.Decode(_decoder, [], 0, samples[done..], part, decodeFec: 0) != part)
                break;
            done += part;
        }
        return done;
    }
}
