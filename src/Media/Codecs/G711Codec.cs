using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>One of the two laws of G.711: one byte a sample at 8 kHz, no state, so that all streams share one instance.</summary>
internal sealed class G711Codec<TLaw>(string name, int payloadType) : AudioCodec, IAudioEncoder, IAudioDecoder
    where TLaw : struct, ICompandingLaw
{
    private const int Vector = 16;

    private static readonly short[] Expanded = [.. Enumerable.Range(0, 256).Select(code => TLaw.Expand((byte)code))];

    public override string Name => name;
    public override int ClockRate => 8000;
    public override int SampleRate => 8000;
    public override int? StaticPayloadType => payloadType;
    public override IAudioEncoder CreateEncoder(string parameters = "") => this;
    public override IAudioDecoder CreateDecoder() => this;

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length;

    // Reckoned and not looked up: a table of all samples takes the place of what thousands of calls have in the cache.
    public int Encode(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        payload = payload[..samples.Length];
        var done = 0;
        for (; done + Vector <= samples.Length; done += Vector)
            Compress(Vector256.Create(samples[done..])).CopyTo(payload[done..]);
        if (done < samples.Length)
            EncodeLast(samples[done..], payload[done..]);
        return samples.Length;
    }

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        var table = Expanded;
        samples = samples[..payload.Length];
        for (var i = 0; i < payload.Length; i++)
            samples[i] = table[payload[i]];
        return payload.Length;
    }

    private static void EncodeLast(ReadOnlySpan<short> samples, Span<byte> payload)
    {
        Span<short> last = stackalloc short[Vector];
        Span<byte> codes = stackalloc byte[Vector];
        samples.CopyTo(last);
        Compress(Vector256.Create<short>(last)).CopyTo(codes);
        codes[..samples.Length].CopyTo(payload);
    }

    private static Vector128<byte> Compress(Vector256<short> samples)
    {
        var (lower, upper) = Vector256.Widen(samples);
        var codes = Vector256.Narrow(TLaw.Compress(lower), TLaw.Compress(upper));
        return Vector128.Narrow(codes.GetLower(), codes.GetUpper()).AsByte();
    }
}

/// <summary>A companding law.</summary>
internal interface ICompandingLaw
{
    /// <summary>The codes of 16-bit samples.</summary>
    static abstract Vector256<int> Compress(Vector256<int> samples);

    /// <summary>The 16-bit sample of a code.</summary>
    static abstract short Expand(byte code);
}

/// <summary>What both laws make of a magnitude: where its leading one is, and the four bits behind that.</summary>
internal static class SegmentAndPosition
{
    private const int PositionBits = 4;

    // IEEE 754: the exponent of a single begins here and counts from 127; before it stands the fraction, which has no leading one.
    private const int FractionBits = 23;
    private const int ExponentOfOne = 127;

    /// <summary>The segment, above four bits of position.</summary>
    /// <param name="magnitudes">Each 16 at least and below 2^24.</param>
    /// <param name="firstPlace">The place of the leading one in segment 0.</param>
    public static Vector256<int> Of(Vector256<int> magnitudes, int firstPlace) =>
        (Vector256.ConvertToSingle(magnitudes).AsInt32() >> (FractionBits - PositionBits)) - Vector256.Create((ExponentOfOne + firstPlace) << PositionBits);
}
