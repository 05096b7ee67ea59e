using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Codecs;

/// <summary>Opus through libopus, which .ci/run installs; elsewhere these are skipped and say what to install.</summary>
public sealed class OpusTests
{
    private const int Frame = 320;

    private static AudioCodec Opus
    {
        get
        {
            const string Advice = "libopus.so.0 is not here; install it: apt-get install libopus0";
            if (AudioCodec.Opus is { } opus)
                return opus;
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", Advice);
            Assert.Skip(Advice);
            throw new InvalidOperationException(Advice);
        }
    }

    [Fact]
    public async Task Speech_comes_out_as_speech()
    {
        var speech = await SpeechFixtures.ReadAsync("message-rms.wav");
        var comparison = AudioComparison.Compare(speech.Resample(16000), speech.Through(Opus));
        Assert.True(comparison.Correlation > 0.85, comparison.ToString());
    }

    [Fact]
    public async Task A_packet_is_a_fraction_of_what_others_need()
    {
        var packets = await PacketsAsync("useinbandfec=1");
        var bits = packets.Sum(packet => packet.Length) * 8 / (packets.Count * 0.02);
        Assert.InRange(bits, 8_000, 34_000);
    }

    // RFC 6716 §2.1.7: the packet after a lost one carries a coarse copy of it; without it the gap can only be guessed.
    [Fact]
    public async Task A_lost_packet_is_repaired_from_the_next()
    {
        var repaired = await CorrelationOfLostAsync("useinbandfec=1");
        var guessed = await CorrelationOfLostAsync("");
        Assert.True(repaired > 0.7, $"{repaired:0.000}");
        Assert.True(repaired > guessed + 0.1, $"{repaired:0.000} with repair data, {guessed:0.000} without");
    }

    [Theory]
    [InlineData(Frame - 40)]
    [InlineData(Frame)]
    [InlineData(2 * Frame)]
    [InlineData(7 * Frame + 13)]
    public async Task A_gap_of_any_length_is_filled(int length)
    {
        var packets = await PacketsAsync("useinbandfec=1");
        var decoder = Opus.CreateDecoder();
        var decoded = new short[Frame];
        foreach (var packet in packets.Take(60))
            Assert.Equal(Frame, decoder.Decode(packet, decoded));
        var lost = new short[length];
        Assert.True(decoder.Recover(packets[60], lost));
        Assert.Equal(Frame, decoder.Decode(packets[60], decoded));
    }

    [Theory]
    [InlineData("", false, 48000, null, false)]
    [InlineData("useinbandfec=1", true, 48000, null, false)]
    [InlineData("maxplaybackrate=8000; UseInbandFec=1 ;maxaveragebitrate=16000;cbr=1;x", true, 8000, 16000, true)]
    [InlineData("maxplaybackrate=1;maxaveragebitrate=99999999;useinbandfec=;=;;-", false, 48000, null, false)]
    public void What_the_other_side_says_is_read(string text, bool repairs, int rate, int? bitrate, bool constant) =>
        Assert.Equal(new OpusParameters(repairs, rate, bitrate, constant), OpusParameters.Parse(text));

    [Fact]
    public async Task The_other_side_limits_rate_and_size()
    {
        var packets = await PacketsAsync("maxplaybackrate=8000;maxaveragebitrate=8000;cbr=1");
        Assert.All(packets, packet => Assert.Equal(20, packet.Length));
        // RFC 6716 §3.1: configurations 0 to 3 are narrow-band.
        Assert.All(packets, packet => Assert.InRange(packet[0] >> 3, 0, 3));
    }

    [Fact]
    public void Hostile_payloads_decode_to_their_length_or_not_at_all()
    {
        var random = new Random(7);
        using var decoder = Opus.CreateDecoder();
        Assert.Equal(0, decoder.SamplesIn([]));
        for (var i = 0; i < 20_000; i++)
        {
            var payload = new byte[random.Next(1, 100)];
            random.NextBytes(payload);
            var count = decoder.SamplesIn(payload);
            Assert.InRange(count, 0, 1920);
            if (count > 0)
                Assert.Equal(count, decoder.Decode(payload, new short[count]));
        }
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(20, 20)]
    [InlineData(30, 20)]
    [InlineData(50, 40)]
    [InlineData(60, 60)]
    public void Packets_have_a_length_that_opus_has(int wish, int length) => Assert.Equal(length, Opus.PacketTime(wish));

    private static async Task<List<byte[]>> PacketsAsync(string parameters)
    {
        var speech = (await SpeechFixtures.ReadAsync("message-rms.wav")).Resample(16000).Samples;
        using var encoder = Opus.CreateEncoder(parameters);
        var packets = new List<byte[]>();
        var payload = new byte[2 * Frame];
        for (var at = 0; at + Frame <= speech.Length; at += Frame)
            packets.Add(payload[..encoder.Encode(speech.Span.Slice(at, Frame), payload)]);
        return packets;
    }

    // Every tenth packet is lost; how well does what stands for it agree with what was in it?
    private static async Task<double> CorrelationOfLostAsync(string parameters)
    {
        var packets = await PacketsAsync(parameters);
        using var whole = Opus.CreateDecoder();
        using var lossy = Opus.CreateDecoder();
        double product = 0, wanted = 1, found = 1;
        var (expected, recovered, next) = (new short[Frame], new short[Frame], new short[Frame]);
        for (var i = 0; i + 1 < packets.Count; i++)
        {
            whole.Decode(packets[i], expected);
            if (i % 10 != 9)
            {
                lossy.Decode(packets[i], next);
                continue;
            }
            lossy.Recover(packets[i + 1], recovered);
            for (var n = 0; n < Frame; n++)
            {
                product += (double)expected[n] * recovered[n];
                wanted += (double)expected[n] * expected[n];
                found += (double)recovered[n] * recovered[n];
            }
        }
        return product / Math.Sqrt(wanted * found);
    }
}
