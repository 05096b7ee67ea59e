using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>What the sound of a call costs for each frame of 20 ms of a voice: codecs, resampling, hearing keys.</summary>
internal static class CodecBenchmark
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        var speech = await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None);
        AudioCodec[] codecs = [.. AudioCodec.BuiltIn, .. AudioCodec.Opus is { } opus ? [opus] : (AudioCodec[])[]];
        foreach (var codec in codecs)
            Codec(figures, codec, speech);
        foreach (var (from, to) in new[] { (8000, 16000), (16000, 8000), (48000, 16000), (44100, 16000), (16000, 48000) })
            Resampling(figures, speech.Resample(from), to);
        foreach (var rate in new[] { 8000, 16000 })
            Keys(figures, speech.Resample(rate));
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
        Print(figures, $"encode {codec}", FrameCost.Of(frames, frame => encoder.Encode(samples.Span.Slice(frame * length, length), payloads[frame])));
        var decoded = new short[length];
        using var decoder = codec.CreateDecoder();
        Print(figures, $"decode {codec}", FrameCost.Of(frames, frame => decoder.Decode(payloads[frame].AsSpan(0, lengths[frame]), decoded)));
    }

    private static void Resampling(Figures figures, AudioClip clip, int to)
    {
        var length = clip.SampleRate / 50;
        var resampler = new StreamResampler(clip.SampleRate, to);
        var result = new short[to / 50 + 2];
        resampler.Process(clip.Samples.Span[..length], result);
        Print(figures, $"resample {clip.SampleRate} to {to} Hz",
            FrameCost.Of(clip.Samples.Length / length, frame => resampler.Process(clip.Samples.Span.Slice(frame * length, length), result)));
        var plain = new PlainResampler(clip.SampleRate, to);
        Print(figures, "  the same, one product after the other",
            FrameCost.Of(clip.Samples.Length / length, frame => plain.Process(clip.Samples.Span.Slice(frame * length, length), result)));
    }

    private static void Keys(Figures figures, AudioClip clip)
    {
        var length = clip.SampleRate / 50;
        var detector = new DtmfDetector(clip.SampleRate, _ => { });
        detector.Write(clip.Samples.Span[..length]);
        Print(figures, $"listen for keys at {clip.SampleRate} Hz",
            FrameCost.Of(clip.Samples.Length / length, frame => detector.Write(clip.Samples.Span.Slice(frame * length, length))));
    }

    private static void Print(Figures figures, string what, FrameCost cost) =>
        figures.PrintAgainst(what, cost.ToString(), "allocates nothing", cost.Octets == 0);
}
