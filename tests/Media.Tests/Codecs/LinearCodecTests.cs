using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Codecs;

public sealed class LinearCodecTests
{
    [Fact]
    public void Samples_travel_with_the_high_byte_first()
    {
        var codec = AudioCodec.L16[0];
        var payload = new byte[6];
        Assert.Equal(6, codec.CreateEncoder().Encode([0x0102, -2, short.MinValue], payload));
        Assert.Equal([0x01, 0x02, 0xFF, 0xFE, 0x80, 0x00], payload);
        var samples = new short[3];
        Assert.Equal(3, codec.CreateDecoder().Decode(payload, samples));
        Assert.Equal([0x0102, -2, short.MinValue], samples);
    }

    [Fact]
    public void An_odd_byte_is_left_out()
    {
        var decoder = AudioCodec.L16[0].CreateDecoder();
        Assert.Equal((1, 0), (decoder.SamplesIn([1, 2, 3]), decoder.SamplesIn([1])));
        var samples = new short[1];
        Assert.Equal(1, decoder.Decode([1, 2, 3], samples));
        Assert.Equal([0x0102], samples);
    }

    [Fact]
    public void Packets_fit_into_a_datagram() =>
        Assert.All(AudioCodec.L16, codec => Assert.InRange(codec.PacketTime(60) * codec.SampleRate / 1000 * 2, 800, 1400));

    [Fact]
    public void The_rates_are_those_of_RFC_3551() =>
        Assert.Equal([(8000, null), (16000, null), (44100, 11), (48000, null)], AudioCodec.L16.Select(codec => (codec.ClockRate, codec.StaticPayloadType)).Order());
}
