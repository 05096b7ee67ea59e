namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// G.722 at 64 kbit/s: 16 kHz samples in two bands, each pair of samples one byte. RTP counts it at 8 kHz, by an old mistake that can't be
/// undone (RFC 3551 §4.5.2).
/// </summary>
internal sealed class G722Codec : AudioCodec
{
    public override string Name => "G722";
    public override int ClockRate => 8000;
    public override int SampleRate => 16000;
    public override int? StaticPayloadType => 9;
    public override IAudioEncoder CreateEncoder(string parameters = "") => new G722Encoder();
    public override IAudioDecoder CreateDecoder() => new G722Decoder();

    public static G722Band LowerBand() => new(smallestScale: 32, exponent: 8, largestLog: 18432);
    public static G722Band UpperBand() => new(smallestScale: 8, exponent: 10, largestLog: 22528);
}

/// <summary>The encoder (ITU-T G.722 §3): the band is split in two, and of each the difference to its prediction is sent.</summary>
internal sealed class G722Encoder : IAudioEncoder
{
    private readonly G722Band _lower = G722Codec.LowerBand();
    private readonly G722Band _upper = G722Codec.UpperBand();
    private readonly QuadratureMirrorFilter _filter = new();

    // A last sample without its pair is left out: whoever sends whole frames has none.
    public int Encode(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        var count = samples.Length / 2;
        for (var done = 0; done < count; done += QuadratureMirrorFilter.LongestBlock)
        {
            var length = Math.Min(QuadratureMirrorFilter.LongestBlock, count - done);
            EncodeBlock(samples.Slice(2 * done, 2 * length), payload.Slice(done, length));
        }
        return count;
    }

    private void EncodeBlock(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        var even = _filter.Even;
        var odd = _filter.Odd;
        for (var i = 0; i < payload.Length; i++)
            (even[i], odd[i]) = (samples[2 * i], samples[2 * i + 1]);
        for (var i = 0; i < payload.Length; i++)
        {
            var half = _filter.At(i);
            payload[i] = (byte)(Upper((half.Odd - half.Even) >> 14) << 6 | Lower((half.Odd + half.Even) >> 14));
        }
        _filter.Advance(payload.Length);
    }

    // QUANTL: the level is found by halving, as the decision levels grow.
    private int Lower(int sample)
    {
        var difference = G722Band.Limit(sample - _lower.Predicted);
        var magnitude = difference >= 0 ? difference : ~difference;
        var levels = G722Tables.Q6;
        int low = 1, high = levels.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (magnitude < (levels[middle] * _lower.Scale) >> 12)
                high = middle;
            else
                low = middle + 1;
        }
        var code = (difference < 0 ? G722Tables.Iln : G722Tables.Ilp)[low];
        _lower.Update(G722Tables.Qm4[code >> 2], G722Tables.Wl[code >> 2]);
        return code;
    }

    // QUANTH
    private int Upper(int sample)
    {
        var difference = G722Band.Limit(sample - _upper.Predicted);
        var magnitude = difference >= 0 ? difference : ~difference;
        var outer = magnitude >= (564 * _upper.Scale) >> 12;
        var code = (difference < 0 ? 0 : 2) + (outer ? 0 : 1);
        _upper.Update(G722Tables.Qm2[code], G722Tables.Wh[code]);
        return code;
    }
}

/// <summary>The decoder (ITU-T G.722 §4).</summary>
internal sealed class G722Decoder : IAudioDecoder
{
    // A band has 15 bits.
    private const int Smallest = -16384;
    private const int Largest = 16383;

    private readonly G722Band _lower = G722Codec.LowerBand();
    private readonly G722Band _upper = G722Codec.UpperBand();
    private readonly QuadratureMirrorFilter _filter = new();

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length * 2;

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        for (var done = 0; done < payload.Length; done += QuadratureMirrorFilter.LongestBlock)
        {
            var length = Math.Min(QuadratureMirrorFilter.LongestBlock, payload.Length - done);
            DecodeBlock(payload.Slice(done, length), samples.Slice(2 * done, 2 * length));
        }
        return payload.Length * 2;
    }

    private void DecodeBlock(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var even = _filter.Even;
        var odd = _filter.Odd;
        for (var i = 0; i < payload.Length; i++)
        {
            var (lower, upper) = (Lower(payload[i] & 0x3F), Upper(payload[i] >> 6));
            (even[i], odd[i]) = (lower + upper, lower - upper);
        }
        for (var i = 0; i < payload.Length; i++)
        {
            var half = _filter.At(i);
            samples[2 * i] = (short)G722Band.Limit(half.Odd >> 11);
            samples[2 * i + 1] = (short)G722Band.Limit(half.Even >> 11);
        }
        _filter.Advance(payload.Length);
    }

    private int Lower(int code)
    {
        var sample = _lower.Predicted + ((_lower.Scale * G722Tables.Qm6[code]) >> 15);
        _lower.Update(G722Tables.Qm4[code >> 2], G722Tables.Wl[code >> 2]);
        return Math.Clamp(sample, Smallest, Largest);
    }

    private int Upper(int code)
    {
        var sample = _upper.Predicted + ((_upper.Scale * G722Tables.Qm2[code]) >> 15);
        _upper.Update(G722Tables.Qm2[code], G722Tables.Wh[code]);
        return Math.Clamp(sample, Smallest, Largest);
    }
}
