namespace UnifiedMsg.Media.Codecs;

/// <summary>An encoder of libopus for one stream of speech.</summary>
internal sealed class OpusEncoder : IAudioEncoder
{
    // RFC 7587 §3.1.1: 16 to 20 kbit/s is the sweet spot of wide-band speech; this is a little better.
    private const int Bitrate = 24_000;

    // With less than this the library leaves the repair data out.
    private const int BitrateWithRepairs = 32_000;

    // Of 10: what is spoken here was recorded for telephones, and all calls that hear it are encoded by one thread.
    private const int Complexity = 2;

    // The loss against which repair data is to help, in percent: with less nobody hears a difference, and it costs bits.
    private const int ExpectedLoss = 10;

    // RFC 6716 §3.2.1: no frame is longer; packets have one.
    private const int LongestFrame = 1275;

    private readonly OpusEncoderHandle _encoder;

    public OpusEncoder(int sampleRate, OpusParameters parameters)
    {
        _encoder = OpusLibrary.CreateEncoder(sampleRate, 1, OpusLibrary.ForSpeech, out var error);
        if (error != 0 || _encoder.IsInvalid)
            throw new InvalidOperationException($"libopus makes no encoder: error {error}");
        Set(OpusLibrary.SetComplexity, Complexity);
        Set(OpusLibrary.SetBitrate, Math.Min(parameters.Repairs ? BitrateWithRepairs : Bitrate, parameters.MaxBitrate ?? int.MaxValue));
        Set(OpusLibrary.SetVbr, parameters.ConstantBitrate ? 0 : 1);
        Set(OpusLibrary.SetMaxBandwidth, parameters.MaxPlaybackRate switch
        {
            < 12000 => OpusLibrary.Narrowband,
            < 16000 => OpusLibrary.Mediumband,
            _ => OpusLibrary.Wideband,
        });
        if (!parameters.Repairs)
            return;
        Set(OpusLibrary.SetInbandFec, 1);
        Set(OpusLibrary.SetExpectedLoss, ExpectedLoss);
    }

    public int Encode(ReadOnlySpan<short> samples, Span<byte> payload) =>
        Math.Max(0, OpusLibrary.Encode(_encoder, samples, samples.Length, payload, Math.Min(payload.Length, LongestFrame)));

    public void Dispose() => _encoder.Dispose();

    private void Set(int request, int value)
    {
        var error = OpusLibrary.Control(_encoder, request, value);
        if (error != 0)
            throw new InvalidOperationException($"libopus refuses request {request} with {value}: error {error}");
    }
}
