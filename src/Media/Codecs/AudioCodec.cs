namespace UnifiedMsg.Media.Codecs;

/// <summary>A speech codec as RTP names it: what it is called, how fast its clock runs, and who encodes and decodes it.</summary>
public abstract class AudioCodec
{
    /// <summary>G.711 µ-law, payload type 0 (RFC 3551 §4.5.14).</summary>
    public static AudioCodec Pcmu { get; } = new G711Codec("PCMU", 0, new MuLaw());

    /// <summary>G.711 A-law, payload type 8 (RFC 3551 §4.5.14).</summary>
    public static AudioCodec Pcma { get; } = new G711Codec("PCMA", 8, new ALaw());

    /// <summary>The codecs that every installation has, in the order in which we offer them.</summary>
    public static IReadOnlyList<AudioCodec> BuiltIn { get; } = [Pcmu, Pcma];

    /// <summary>The encoding name of <c>a=rtpmap</c>; compared without regard to case.</summary>
    public abstract string Name { get; }

    /// <summary>Ticks of the RTP timestamp per second. Not always the sample rate: G.722 has 8000 for 16 kHz (RFC 3551 §4.5.2).</summary>
    public abstract int ClockRate { get; }

    /// <summary>Samples per second that go into the encoder and come out of the decoder, in Hz.</summary>
    public abstract int SampleRate { get; }

    /// <summary>The payload type that needs no <c>a=rtpmap</c> (RFC 3551 §6), or null for a codec that has a dynamic one.</summary>
    public abstract int? StaticPayloadType { get; }

    /// <summary>An encoder for one stream.</summary>
    public abstract IAudioEncoder CreateEncoder();

    /// <summary>A decoder for one stream.</summary>
    public abstract IAudioDecoder CreateDecoder();

    /// <inheritdoc/>
    public override string ToString() => $"{Name}/{ClockRate}";
}

/// <summary>Encodes one stream. Not for two threads at once.</summary>
public interface IAudioEncoder
{
    /// <summary>Encodes <paramref name="samples"/> as the payload of one packet.</summary>
    /// <returns>The bytes written to <paramref name="payload"/>.</returns>
    int Encode(ReadOnlySpan<short> samples, Span<byte> payload);
}

/// <summary>Decodes one stream. Not for two threads at once.</summary>
public interface IAudioDecoder
{
    /// <summary>How many samples <paramref name="payload"/> decodes to; 0 when it can't be decoded.</summary>
    int SamplesIn(ReadOnlySpan<byte> payload);

    /// <summary>Decodes the payload of one packet.</summary>
    /// <returns>The samples written to <paramref name="samples"/>, which must hold <see cref="SamplesIn"/>.</returns>
    int Decode(ReadOnlySpan<byte> payload, Span<short> samples);
}
