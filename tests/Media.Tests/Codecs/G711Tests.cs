using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Codecs;

public sealed class G711Tests
{
    // ITU-T G.711 table 2a: the decision values of the positive half in 14-bit samples end the segments at these places,
    // and each segment has 16 codes (the first 15 steps of 2 and one of 1).
    private static readonly int[] MuLawSegmentEnds = [31, 95, 223, 479, 991, 2015, 4063, 8159];

    // Table 1a: the same for A-law, in 13-bit samples.
    private static readonly int[] ALawSegmentEnds = [32, 64, 128, 256, 512, 1024, 2048, 4096];

    [Fact]
    public void Mu_law_segments_end_where_the_table_says()
    {
        for (var segment = 0; segment < 7; segment++)
        {
            var end = MuLawSegmentEnds[segment] * 4;
            Assert.Equal(0xFF - (segment * 16 + 15), Encode(AudioCodec.Pcmu, (short)(end - 4)));
            Assert.Equal(0xFF - ((segment + 1) * 16), Encode(AudioCodec.Pcmu, (short)end));
        }
        Assert.Equal(0x80, Encode(AudioCodec.Pcmu, short.MaxValue));
        Assert.Equal(0x00, Encode(AudioCodec.Pcmu, short.MinValue));
        Assert.Equal(0xFF, Encode(AudioCodec.Pcmu, 0));
    }

    [Fact]
    public void A_law_segments_end_where_the_table_says()
    {
        for (var segment = 0; segment < 7; segment++)
        {
            var end = ALawSegmentEnds[segment] * 8;
            Assert.Equal((0x80 + segment * 16 + 15) ^ 0x55, Encode(AudioCodec.Pcma, (short)(end - 8)));
            Assert.Equal((0x80 + (segment + 1) * 16) ^ 0x55, Encode(AudioCodec.Pcma, (short)end));
        }
        Assert.Equal(0xFF ^ 0x55, Encode(AudioCodec.Pcma, short.MaxValue));
        Assert.Equal(0x7F ^ 0x55, Encode(AudioCodec.Pcma, short.MinValue));
        Assert.Equal(0xD5, Encode(AudioCodec.Pcma, 0));
    }

    [Theory]
    [InlineData(0xFF, 0)]
    [InlineData(0xFE, 2 * 4)]
    [InlineData(0xEF, 33 * 4)]
    [InlineData(0x80, 8031 * 4)]
    [InlineData(0x00, -8031 * 4)]
    public void Mu_law_decodes_to_the_outputs_of_the_table(byte code, short sample) => Assert.Equal(sample, Decode(AudioCodec.Pcmu, code));

    [Theory]
    [InlineData(0x80, 1 * 8)]
    [InlineData(0x81, 3 * 8)]
    [InlineData(0x90, 33 * 8)]
    [InlineData(0xFF, 4032 * 8)]
    [InlineData(0x7F, -4032 * 8)]
    public void A_law_decodes_to_the_outputs_of_the_table(byte code, short sample) =>
        Assert.Equal(sample, Decode(AudioCodec.Pcma, (byte)(code ^ 0x55)));

    [Theory]
    [InlineData("PCMU")]
    [InlineData("PCMA")]
    public void Every_code_survives_a_round_trip(string name)
    {
        var codec = AudioCodec.BuiltIn.Single(candidate => candidate.Name == name);
        for (var code = 0; code < 256; code++)
        {
            // µ-law has two codes for zero; the negative one (0x7F) comes back as the positive.
            var expected = codec == AudioCodec.Pcmu && code == 0x7F ? 0xFF : code;
            Assert.Equal(expected, Encode(codec, Decode(codec, (byte)code)));
        }
    }

    [Theory]
    [InlineData("PCMU")]
    [InlineData("PCMA")]
    public void A_sample_has_the_same_code_wherever_it_stands(string name)
    {
        var codec = AudioCodec.BuiltIn.Single(candidate => candidate.Name == name);
        var samples = Enumerable.Range(short.MinValue, 65536).Select(sample => (short)sample).ToArray();
        var codes = samples.Select(sample => Encode(codec, sample)).ToArray();
        foreach (var length in new[] { 65536, 160, 80, 17, 16, 15, 1, 0 })
        {
            var payload = new byte[length];
            var start = (65536 - length) / 3;
            Assert.Equal(length, codec.CreateEncoder().Encode(samples.AsSpan(start, length), payload));
            Assert.Equal(codes[start..(start + length)], payload);
        }
    }

    [Theory]
    [InlineData("PCMU", 32124)]
    [InlineData("PCMA", 32256)]
    public void No_sample_is_further_off_than_half_a_step_of_its_segment(string name, int loudest)
    {
        var codec = AudioCodec.BuiltIn.Single(candidate => candidate.Name == name);
        for (var sample = -loudest; sample <= loudest; sample++)
        {
            var error = Math.Abs(Decode(codec, Encode(codec, (short)sample)) - sample);
            Assert.True(error <= 16 + Math.Abs(sample) / 32, $"{sample} is off by {error}");
        }
    }

    private static byte Encode(AudioCodec codec, short sample)
    {
        Span<byte> payload = stackalloc byte[1];
        Assert.Equal(1, codec.CreateEncoder().Encode([sample], payload));
        return payload[0];
    }

    private static short Decode(AudioCodec codec, byte code)
    {
        Span<short> samples = stackalloc short[1];
        Assert.Equal(1, codec.CreateDecoder().Decode([code], samples));
        return samples[0];
    }
}
