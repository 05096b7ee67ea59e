namespace UnifiedMsg.Media.Codecs;

/// <summary>One of the two laws of G.711: one byte a sample at 8 kHz, no state, so that all streams share one instance.</summary>
internal sealed class G711Codec(string name, int payloadType, ICompandingLaw law) : AudioCodec, IAudioEncoder, IAudioDecoder
{
    public override string Name => name;
    public override int ClockRate => 8000;
    public override int SampleRate => 8000;
    public override int? StaticPayloadType => payloadType;
    public override IAudioEncoder CreateEncoder(string parameters = "") => this;
    public override IAudioDecoder CreateDecoder() => this;

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length;

    public int Encode(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        var table = law.Compressed;
        payload = payload[..samples.Length];
        for (var i = 0; i < samples.Length; i++)
            payload[i] = table[(ushort)samples[i]];
        return samples.Length;
    }

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var table = law.Expanded;
        samples = samples[..payload.Length];
        for (var i = 0; i < payload.Length; i++)
            samples[i] = table[payload[i]];
        return payload.Length;
    }
}

/// <summary>A companding law as two tables.</summary>
internal interface ICompandingLaw
{
    /// <summary>The code of each 16-bit sample, indexed by the sample's bits; 65,536 entries.</summary>
    byte[] Compressed { get; }

    /// <summary>The 16-bit sample of each code; 256 entries.</summary>
    short[] Expanded { get; }
}
