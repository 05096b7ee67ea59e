namespace UnifiedMsg.Media.Codecs;

/// <summary>A speech codec as RTP names it: what it is called, how fast its clock runs, and who encodes and decodes it. Mono.</summary>
public abstract class AudioCodec
{
    /// <summary>G.711 µ-law, payload type 0 (RFC 3551 §4.5.14).</summary>
    public static AudioCodec Pcmu { get; } = new G711Codec<MuLaw>("PCMU", 0);

    /// <summary>G.711 A-law, payload type 8 (RFC 3551 §4.5.14).</summary>
    public static AudioCodec Pcma { get; } = new G711Codec<ALaw>("PCMA", 8);

    /// <summary>G.722 at 64 kbit/s, payload type 9 (RFC 3551 §4.5.2).</summary>
    public static AudioCodec G722 { get; } = new G722Codec();

    /// <summary>Samples as they are (RFC 3551 §4.5.11), at 16, 8, 48 and 44.1 kHz.</summary>
    public static IReadOnlyList<AudioCodec> L16 { get; } =
        [new LinearCodec(16000, null), new LinearCodec(8000, null), new LinearCodec(48000, null), new LinearCodec(44100, 11)];

    /// <summary>Opus (RFC 6716, RFC 7587) through the system's libopus; null where that is not installed.</summary>
    public static AudioCodec? Opus { get; } = OpusCodec.TryLoad();

    /// <summary>The library that speaks Opus and its version, as it names itself; null where it is not installed.</summary>
    public static string? OpusVersion => (Opus as OpusCodec)?.Version;

    /// <summary>The codecs that every installation has, in the order in which we offer them unless told otherwise.</summary>
    public static IReadOnlyList<AudioCodec> BuiltIn { get; } = [Pcmu, Pcma, G722, .. L16];

    /// <summary>The encoding name of <c>a=rtpmap</c>; compared without regard to case.</summary>
    public abstract string Name { get; }

    /// <summary>Ticks of the RTP timestamp per second. Not always the sample rate: G.722 has 8000 for 16 kHz (RFC 3551 §4.5.2).</summary>
    public abstract int ClockRate { get; }

    /// <summary>The channels of <c>a=rtpmap</c>. What we send and take is mono all the same: Opus always says 2 (RFC 7587 §7).</summary>
    public virtual int Channels => 1;

    /// <summary>Samples per second that go into the encoder and come out of the decoder, in Hz.</summary>
    public abstract int SampleRate { get; }

    /// <summary>The payload type that needs no <c>a=rtpmap</c> (RFC 3551 §6), or null for a codec that has a dynamic one.</summary>
    public abstract int? StaticPayloadType { get; }

    /// <summary>What we say about our side in <c>a=fmtp</c>; null for nothing.</summary>
    public virtual string? Parameters => null;

    /// <summary>False for a codec that is only taken when the other side offers it.</summary>
    public virtual bool IsOffered => true;

    /// <summary>The length of packet nearest to a wished one that the codec has and that fits into a datagram, in milliseconds.</summary>
    /// <param name="wish">A multiple of 10.</param>
    public virtual int PacketTime(int wish) => wish;

    /// <summary>An encoder for one stream.</summary>
    /// <param name="parameters">What the other side said about itself in <c>a=fmtp</c>.</param>
    public abstract IAudioEncoder CreateEncoder(string parameters = "");

    /// <summary>A decoder for one stream.</summary>
    public abstract IAudioDecoder CreateDecoder();

    /// <inheritdoc/>
    public override string ToString() => $"{Name}/{ClockRate}";
}

/// <summary>Encodes one stream. Not for two threads at once.</summary>
public interface IAudioEncoder : ICodecState
{
    /// <summary>Encodes <paramref name="samples"/> as the payload of one packet.</summary>
    /// <returns>The bytes written to <paramref name="payload"/>, which must hold two for each sample.</returns>
    int Encode(ReadOnlySpan<short> samples, Span<byte> payload);
}

/// <summary>Decodes one stream. Not for two threads at once.</summary>
public interface IAudioDecoder : ICodecState
{
    /// <summary>How many samples <paramref name="payload"/> decodes to; 0 when it can't be decoded.</summary>
    int SamplesIn(ReadOnlySpan<byte> payload);

    /// <summary>Decodes the payload of one packet.</summary>
    /// <returns>The samples written to <paramref name="samples"/>, which must hold <see cref="SamplesIn"/>.</returns>
    int Decode(ReadOnlySpan<byte> payload, Span<short> samples);

    /// <summary>Makes up for lost packets, out of what the next one says about them and of what was before.</summary>
    /// <param name="next">The payload that follows the gap; it is still to be decoded.</param>
    /// <param name="lost">What is missing.</param>
    /// <returns>False when the codec knows nothing about it.</returns>
    bool Recover(ReadOnlySpan<byte> next, Span<short> lost) => false;
}

/// <summary>What a codec keeps of one stream. Most have nothing but memory of ours, and nothing to dispose of.</summary>
public interface ICodecState : IDisposable
{
    void IDisposable.Dispose()
    {
    }
}
