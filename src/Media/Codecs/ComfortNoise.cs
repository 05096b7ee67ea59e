namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// Comfort noise (RFC 3389): a packet tells how loud the silence is and how it is coloured, and it sounds so until the next packet comes.
/// It decodes to no samples of its own; whoever fills the gap asks for them.
/// </summary>
internal sealed class ComfortNoise : IAudioDecoder
{
    /// <summary>The encoding name.</summary>
    public const string Name = "CN";

    /// <summary>The payload type at 8 kHz (RFC 3389 §4).</summary>
    public const int StaticPayloadType = 13;

    // Encoders send 10 coefficients; more than this say nothing that anybody hears.
    private const int MaxOrder = 16;

    // The values at the ends of the quantiser would let the filter ring for ever.
    private const float LargestReflection = 0.99f;

    // A generator whose numbers lie between -1 and 1 evenly has a third of the power of a square wave.
    private static readonly float Evenly = MathF.Sqrt(3);

    private readonly float[] _reflections = new float[MaxOrder];
    private readonly float[] _backward = new float[MaxOrder + 1];
    private int _order;
    private float _gain;
    private uint _random = 0x9E3779B9;

    public int SamplesIn(ReadOnlySpan<byte> payload) => 0;

    public int Decode(ReadOnlySpan<byte> payload, Span<short> samples) => 0;

    /// <summary>Takes what a packet says.</summary>
    public void Update(ReadOnlySpan<byte> payload)
    {
        // RFC 3389 §3.1: the level below the loudest possible in dB; the highest bit is not used.
        var level = payload.IsEmpty ? 127 : payload[0] & 0x7F;
        var power = MathF.Pow(10, level / -20f);
        _order = Math.Clamp(payload.Length - 1, 0, MaxOrder);
        for (var i = 0; i < _order; i++)
        {
            // RFC 3389 §3.2: k = 258 · (N - 127) / 32768
            _reflections[i] = Math.Clamp(258 * (payload[i + 1] - 127) / 32768f, -LargestReflection, LargestReflection);
            // The filter makes the noise louder by this; the level is that of what comes out.
            power *= MathF.Sqrt(1 - _reflections[i] * _reflections[i]);
        }
        _gain = level == 127 ? 0 : short.MaxValue * power * Evenly;
    }

    /// <summary>Gives the next samples of the noise.</summary>
    public void Generate(Span<short> samples)
    {
        foreach (ref var sample in samples)
            sample = (short)Math.Clamp(Shape(Next() * _gain), short.MinValue, short.MaxValue);
    }

    // The all-pole filter as a lattice, which takes the reflection coefficients as they come and is stable for any below one.
    private float Shape(float forward)
    {
        for (var i = _order - 1; i >= 0; i--)
        {
            forward -= _reflections[i] * _backward[i];
            _backward[i + 1] = _backward[i] + _reflections[i] * forward;
        }
        return _backward[0] = forward;
    }

    private float Next()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return (int)_random / 2147483648f;
    }
}
