using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>What the codecs cost for each frame of 20 ms of a voice.</summary>
internal static class CodecBenchmark
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        var speech = await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None);
        AudioCodec[] codecs = [.. AudioCodec.BuiltIn, .. AudioCodec.Opus is { } opus ? [opus] : (AudioCodec[])[]];
        foreach (var codec in codecs)
            Codec(figures, codec, speech);
        return figures.ExitCode;
    }

    private static void Codec(Figures figures, AudioCodec codec, AudioClip speech)
    {
        var samples = speech.Resample(codec.SampleRate).Samples;
        var length = codec.SampleRate / 50;
        var frames = samples.Length / length;
        var payloads = new byte[frames][];
        var lengths = new int[frames];
        using var encoder = codec.CreateEncoder("useinbandfec=1");
        for (var frame = 0; frame < frames; frame++)
            lengths[frame] = encoder.Encode(samples.Span.Slice(frame * length, length), payloads[frame] = new byte[length * 2]);
        var encoding = FrameCost.Of(frames, frame => encoder.Encode(samples.Span.Slice(frame * length, length), payloads[frame]));
        var decoded = new short[length];
        using var decoder = codec.CreateDecoder();
        var decoding = FrameCost.Of(frames, frame => decoder.Decode(payloads[frame].AsSpan(0, lengths[frame]), decoded));
        figures.PrintAgainst($"encode {codec}", encoding.ToString(), "allocates nothing", encoding.Octets == 0);
        figures.PrintAgainst($"decode {codec}", decoding.ToString(), "allocates nothing", decoding.Octets == 0);
    }
}
