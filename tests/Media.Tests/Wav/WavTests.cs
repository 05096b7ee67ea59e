using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Wav;

public sealed class WavTests
{
    private static readonly short[] Samples = [0, 1, -1, 1000, -1000, short.MaxValue, short.MinValue];

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var clip = Read(WavFile.Write(new AudioClip(Samples, 16000)));
        Assert.Equal(16000, clip.SampleRate);
        Assert.Equal(Samples, clip.Samples.ToArray());
    }

    [Theory]
    [InlineData(7, "PCMU")]
    [InlineData(6, "PCMA")]
    public void Reads_companded_files(byte tag, string codec)
    {
        byte[] payload = [0x00, 0x55, 0x80, 0xD5, 0xFF];
        var expected = new short[payload.Length];
        AudioCodec.BuiltIn.Single(candidate => candidate.Name == codec).CreateDecoder().Decode(payload, expected);
        var clip = Read(File(Format(tag, channels: 1, bits: 8), Chunk("fact", [5, 0, 0, 0]), Chunk("data", payload)));
        Assert.Equal(expected, clip.Samples.ToArray());
    }

    [Fact]
    public void Steps_over_chunks_of_odd_length_and_mixes_channels()
    {
        var clip = Read(File(Chunk("LIST", [1, 2, 3]), Format(1, channels: 2, bits: 16), Chunk("data", [100, 0, 200, 0, 10, 0, 20, 0])));
        Assert.Equal([150, 15], clip.Samples.ToArray());
    }

    [Fact]
    public void Reads_the_extensible_format()
    {
        var format = Format(0xFE, channels: 1, bits: 16);
        format[9] = 0xFF;
        byte[] extension = [22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];
        Assert.Equal([5], Read(File(Chunk("fmt ", [.. format[8..], .. extension]), Chunk("data", [5, 0]))).Samples.ToArray());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public void A_recording_under_way_reads_up_to_its_end(uint declared)
    {
        var file = WavFile.Write(new AudioClip(Samples, 8000));
        BitConverter.TryWriteBytes(file.AsSpan(40), declared);
        Assert.Equal(Samples, Read(file).Samples.ToArray());
    }

    [Theory]
    [InlineData(WavEncoding.Pcm, 16)]
    [InlineData(WavEncoding.Pcm, 24)]
    [InlineData(WavEncoding.Pcm, 32)]
    [InlineData(WavEncoding.Float, 32)]
    [InlineData(WavEncoding.Float, 64)]
    public void Formats_of_16_bits_and_more_keep_every_sample(WavEncoding encoding, int bits)
    {
        foreach (var channels in new[] { 1, 2, 6 })
        {
            var file = WavFile.Write(new AudioClip(Samples, 8000), new WavFormat(encoding, bits, channels, 8000));
            Assert.Equal(file.Length - 8, BitConverter.ToInt32(file, 4));
            Assert.Equal(Samples, Read(file).Samples.ToArray());
        }
    }

    [Fact]
    public void Formats_of_8_bits_come_near()
    {
        var clip = new AudioClip(Samples, 8000);
        Assert.Equal([0, 0, 0, 1024, -1024, 127 << 8, short.MinValue], Read(WavFile.Write(clip, new WavFormat(WavEncoding.Pcm, 8, 1, 8000))).Samples.ToArray());
        var law = WavFile.Write(clip, new WavFormat(WavEncoding.ALaw, 8, 2, 8000));
        Assert.Equal(clip.Through(AudioCodec.Pcma).Samples.ToArray(), Read(law).Samples.ToArray());
        law = WavFile.Write(clip, new WavFormat(WavEncoding.MuLaw, 8, 1, 8000));
        Assert.Equal(clip.Through(AudioCodec.Pcmu).Samples.ToArray(), Read(law).Samples.ToArray());
    }

    [Fact]
    public void Another_rate_is_made()
    {
        var clip = Read(WavFile.Write(new AudioClip(new short[8000], 8000), new WavFormat(WavEncoding.Pcm, 24, 1, 16000)));
        Assert.Equal((16000, 16000), (clip.SampleRate, clip.Samples.Length));
    }

    [Fact]
    public void A_format_that_is_none_is_not_written() =>
        Assert.Throws<ArgumentException>(() => WavFile.Write(new AudioClip(Samples, 8000), new WavFormat(WavEncoding.Float, 16, 1, 8000)));

    // The bytes are from the specification, not from our own writer.
    [Fact]
    public void Reads_each_depth_of_samples()
    {
        Assert.Equal([-32768, 0, 32512], Read(File(Format(1, 1, 8), Chunk("data", [0, 128, 255]))).Samples.ToArray());
        Assert.Equal([1, -32768, 32767], Read(File(Format(1, 1, 24), Chunk("data", [0x80, 0, 0, 0, 0, 0x80, 0xFF, 0xFF, 0x7F]))).Samples.ToArray());
        Assert.Equal([16384, -1], Read(File(Format(1, 1, 32), Chunk("data", [0, 0, 0, 0x40, 0xFF, 0x7F, 0xFF, 0xFF]))).Samples.ToArray());
        Assert.Equal([-16384, 32767, 0], Read(File(Format(3, 1, 32), Chunk("data", [0, 0, 0, 0xBF, 0, 0, 0x80, 0x7F, 0, 0, 0xC0, 0x7F]))).Samples.ToArray());
        Assert.Equal([16384], Read(File(Format(3, 1, 64), Chunk("data", [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]))).Samples.ToArray());
    }

    [Fact]
    public void A_last_block_that_is_not_whole_is_left_out() =>
        Assert.Equal([3], Read(File(Format(1, 2, 16), Chunk("data", [3, 0, 3, 0, 9, 0, 9]))).Samples.ToArray());

    // EBU Tech 3306: the sizes of 64 bits stand in ds64; what comes behind the samples is none of them.
    [Fact]
    public void Reads_RF64()
    {
        byte[] sizes = [.. BitConverter.GetBytes(72L), .. BitConverter.GetBytes(4L), .. BitConverter.GetBytes(2L), 0, 0, 0, 0];
        var data = Chunk("data", [7, 0, 8, 0]);
        BitConverter.TryWriteBytes(data.AsSpan(4), uint.MaxValue);
        byte[] file = [.. "RF64"u8, 255, 255, 255, 255, .. "WAVE"u8, .. Chunk("ds64", sizes), .. Format(1, 1, 16), .. data, .. Chunk("LIST", [1, 2])];
        Assert.Equal([7, 8], Read(file).Samples.ToArray());
    }

    [Fact]
    public void Chunks_behind_the_samples_are_none_of_them() =>
        Assert.Equal([5], Read(File(Format(1, 1, 16), Chunk("data", [5, 0]), Chunk("LIST", [1, 2, 3, 4]))).Samples.ToArray());

    [Fact]
    public void Refuses_what_it_cannot_read()
    {
        Refused([], "Not a WAV");
        Refused("RIFF    AVI "u8.ToArray(), "Not a WAV");
        Refused(File(Format(1, 1, 16)), "without samples");
        Refused(File(Chunk("data", [0, 0])), "without format");
        Refused(File(Format(1, channels: 1, bits: 40), Chunk("data", [0, 0, 0])), "40 bits");
        Refused(File(Format(3, channels: 1, bits: 16), Chunk("data", [0, 0])), "encoding 3 with 16 bits");
        Refused(File(Format(6, channels: 1, bits: 16), Chunk("data", [0, 0])), "encoding 6 with 16 bits");
        Refused(File(Format(85, channels: 1, bits: 8), Chunk("data", [0])), "encoding 85");
        Refused(File(Format(1, channels: 0, bits: 16), Chunk("data", [0, 0])), "malformed");
    }

    [Fact]
    public void A_recogniser_gets_its_rate_by_linear_interpolation()
    {
        var clip = Read(WavFile.ForRecogniser(WavFile.Write(new AudioClip(new short[] { 0, 100, 200 }, 8000)), 16000));
        Assert.Equal(16000, clip.SampleRate);
        Assert.Equal([0, 50, 100, 150, 200, 200], clip.Samples.ToArray());
    }

    // What lies above the band of the recogniser would come out as something else within it.
    [Fact]
    public void A_recogniser_of_a_lower_rate_gets_no_aliases()
    {
        short[] tone = [.. Enumerable.Range(0, 16000).Select(i => (short)(16000 * Math.Sin(2 * Math.PI * 6000 * i / 16000)))];
        var clip = Read(WavFile.ForRecogniser(WavFile.Write(new AudioClip(tone, 16000)), 8000));
        Assert.Equal((8000, 8000), (clip.SampleRate, clip.Samples.Length));
        Assert.All(clip.Samples[100..^100].ToArray(), sample => Assert.InRange(sample, -4, 4));
    }

    private static AudioClip Read(byte[] file)
    {
        Assert.True(WavReader.TryRead(file, out var clip, out var error), error);
        return clip;
    }

    private static void Refused(byte[] file, string word)
    {
        Assert.False(WavReader.TryRead(file, out _, out var error));
        Assert.Contains(word, error);
    }

    private static byte[] File(params byte[][] chunks) => [.. "RIFF\0\0\0\0WAVE"u8, .. chunks.SelectMany(chunk => chunk)];

    private static byte[] Format(byte tag, byte channels, byte bits) =>
        Chunk("fmt ", [tag, 0, channels, 0, 0x40, 0x1F, 0, 0, 0, 0, 0, 0, 0, 0, bits, 0]);

    private static byte[] Chunk(string name, byte[] body) =>
        [.. name.Select(letter => (byte)letter), .. BitConverter.GetBytes(body.Length), .. body, .. new byte[body.Length & 1]];
}
