using System.Buffers.Binary;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Wav;

/// <summary>Samples of WAV files, to and from 16 bits mono.</summary>
internal static class WavSamples
{
    /// <summary>Reads whole blocks; a last one that is not whole is left out. Channels are mixed to one.</summary>
    public static short[] Decode(ReadOnlySpan<byte> data, WavFormat format)
    {
        var block = format.BytesPerSample * format.Channels;
        var count = data.Length / block;
        var samples = One(data[..(count * block)], format);
        return format.Channels == 1 ? samples : Mix(samples, format.Channels);
    }

    /// <summary>Writes samples, each as often as there are channels.</summary>
    public static byte[] Encode(ReadOnlySpan<short> samples, WavFormat format)
    {
        var size = format.BytesPerSample;
        var data = new byte[samples.Length * format.Channels * size];
        var one = new byte[samples.Length * size];
        if (format.Encoding is WavEncoding.ALaw or WavEncoding.MuLaw)
            Law(format).CreateEncoder().Encode(samples, one);
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = one.AsSpan(i * size, size);
            if (format.Encoding is WavEncoding.Pcm or WavEncoding.Float)
                Write(samples[i], format, sample);
            for (var channel = 0; channel < format.Channels; channel++)
                sample.CopyTo(data.AsSpan((i * format.Channels + channel) * size));
        }
        return data;
    }

    private static short[] One(ReadOnlySpan<byte> data, WavFormat format)
    {
        var size = format.BytesPerSample;
        var samples = new short[data.Length / size];
        if (format.Encoding is WavEncoding.ALaw or WavEncoding.MuLaw)
        {
            Law(format).CreateDecoder().Decode(data, samples);
            return samples;
        }
        for (var i = 0; i < samples.Length; i++)
            samples[i] = Read(data.Slice(i * size, size), format.Encoding);
        return samples;
    }

    private static short Read(ReadOnlySpan<byte> sample, WavEncoding encoding) => (encoding, sample.Length) switch
    {
        (WavEncoding.Float, 4) => Of(BinaryPrimitives.ReadSingleLittleEndian(sample)),
        (WavEncoding.Float, _) => Of(BinaryPrimitives.ReadDoubleLittleEndian(sample)),
        (_, 1) => (short)((sample[0] - 128) << 8),
        (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(sample),
        (_, 3) => Rounded((sbyte)sample[2] << 16 | sample[1] << 8 | sample[0], 8, short.MaxValue),
        _ => Rounded(BinaryPrimitives.ReadInt32LittleEndian(sample), 16, short.MaxValue),
    };

    private static void Write(short value, WavFormat format, Span<byte> sample)
    {
        if (format.Encoding == WavEncoding.Float && sample.Length == 4)
            BinaryPrimitives.WriteSingleLittleEndian(sample, value / 32768f);
        else if (format.Encoding == WavEncoding.Float)
            BinaryPrimitives.WriteDoubleLittleEndian(sample, value / 32768.0);
        else if (sample.Length == 1)
            sample[0] = (byte)(Rounded(value, 8, sbyte.MaxValue) + 128);
        else
            BinaryPrimitives.WriteInt16LittleEndian(sample[^2..], value);
    }

    private static AudioCodec Law(WavFormat format) => format.Encoding == WavEncoding.ALaw ? AudioCodec.Pcma : AudioCodec.Pcmu;

    // The largest values can't be rounded up.
    private static short Rounded(int value, int bits, int most) => (short)Math.Min(((long)value + (1L << (bits - 1))) >> bits, most);

    // What is no number is silence.
    private static short Of(double value) =>
        double.IsNaN(value) ? (short)0 : (short)Math.Clamp(Math.Round(value * 32768), short.MinValue, short.MaxValue);

    private static short[] Mix(short[] samples, int channels)
    {
        var mono = new short[samples.Length / channels];
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = 0;
            for (var channel = 0; channel < channels; channel++)
                sum += samples[i * channels + channel];
            mono[i] = (short)(sum / channels);
        }
        return mono;
    }
}
