using System.Runtime.InteropServices;
using System.Security.Cryptography;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Codecs;

public sealed class G722Tests
{
    // What spandsp 0.0.6, which is held against the test sequences of the recommendation, makes of an eighth of a second each of noise at eight
    // levels: its bytes 4000 to 4023 and samples 8000 to 8023, and SHA-256 of all 8,000 bytes and 16,000 samples (low byte first).
    private static readonly byte[] Bytes =
    [
        154, 221, 209, 78, 115, 83, 126, 127, 120, 216, 181, 119,
        93, 187, 125, 239, 240, 110, 180, 220, 85, 246, 187, 127,
    ];
    private static readonly short[] Samples =
    [
        -861, -572, 1051, 1477, 244, -126, -1609, 77, -1794, 892, 280, 1395,
        -2193, 390, -543, -311, -1859, -2057, -107, 817, 1403, -1400, -1174, -642,
    ];
    private const string HashOfBytes = "25544279164a33c137d4bf6ed86adc2673ee079b8809d924533f983787c46852";
    private const string HashOfSamples = "41be63a2b108c7e1b55bc65e61352ad6f3cd1c0b9ab0382da1cd41b49d8a9820";

    [Fact]
    public void Noise_encodes_to_the_reference_bytes()
    {
        var payload = Encode(Noise());
        Assert.Equal(Bytes, payload[4000..4024]);
        Assert.Equal(HashOfBytes, Convert.ToHexStringLower(SHA256.HashData(payload)));
    }

    [Fact]
    public void Those_bytes_decode_to_the_reference_samples()
    {
        Assert.True(BitConverter.IsLittleEndian);
        var samples = Decode(Encode(Noise()));
        Assert.Equal(Samples, samples[8000..8024]);
        Assert.Equal(HashOfSamples, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<short>(samples))));
    }

    [Fact]
    public void It_makes_no_difference_how_a_stream_is_cut_into_packets()
    {
        var noise = Noise();
        var whole = Encode(noise);
        var encoder = AudioCodec.G722.CreateEncoder();
        var decoder = AudioCodec.G722.CreateDecoder();
        var (payload, samples) = (new List<byte>(), new List<short>());
        for (int at = 0, length = 2; at < noise.Length; at += length, length = 2 + (length + 62) % 700)
        {
            length = Math.Min(length, noise.Length - at);
            var packet = new byte[length];
            packet = packet[..encoder.Encode(noise.AsSpan(at, length), packet)];
            var decoded = new short[decoder.SamplesIn(packet)];
            decoder.Decode(packet, decoded);
            payload.AddRange(packet);
            samples.AddRange(decoded);
        }
        Assert.Equal(whole, payload);
        Assert.Equal(Decode(whole), samples);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1000)]
    [InlineData(3000)]
    public void A_tone_in_the_lower_band_comes_out_35_dB_above_the_noise(double frequency) => MustBeAboveNoise(frequency, 35);

    [Theory]
    [InlineData(5000)]
    [InlineData(6500)]
    public void A_tone_in_the_upper_band_comes_out_15_dB_above_the_noise(double frequency) => MustBeAboveNoise(frequency, 15);

    [Fact]
    public async Task Speech_comes_out_20_dB_above_the_noise()
    {
        var speech = (await SpeechFixtures.ReadAsync("message-rms.wav")).Resample(16000).Samples.ToArray();
        var ratio = SignalToNoise.Of(speech, Decode(Encode(speech)), delay: SignalToNoise.DelayOfG722);
        Assert.True(ratio > 20, $"{ratio:0.0} dB");
    }

    [Fact]
    public void RTP_counts_it_at_half_its_rate() =>
        Assert.Equal((8000, 16000, 9), (AudioCodec.G722.ClockRate, AudioCodec.G722.SampleRate, AudioCodec.G722.StaticPayloadType));

    private static void MustBeAboveNoise(double frequency, double decibels)
    {
        short[] tone = [.. Enumerable.Range(0, 32000).Select(i => (short)(12000 * Math.Sin(2 * Math.PI * frequency * i / 16000)))];
        var ratio = SignalToNoise.Of(tone, Decode(Encode(tone)), delay: SignalToNoise.DelayOfG722);
        Assert.True(ratio > decibels, $"{frequency} Hz: {ratio:0.0} dB");
    }

    private static short[] Noise()
    {
        var state = 1u;
        return [.. Enumerable.Range(0, 16000).Select(i =>
        {
            state = state * 1664525 + 1013904223;
            return (short)((short)(state >> 16) >> (1 + i / 2000));
        })];
    }

    private static byte[] Encode(short[] samples)
    {
        var payload = new byte[samples.Length];
        return payload[..AudioCodec.G722.CreateEncoder().Encode(samples, payload)];
    }

    private static short[] Decode(byte[] payload)
    {
        var samples = new short[payload.Length * 2];
        AudioCodec.G722.CreateDecoder().Decode(payload, samples);
        return samples;
    }
}
