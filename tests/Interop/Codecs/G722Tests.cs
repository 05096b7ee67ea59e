using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Interop.Codecs;

/// <summary>Our G.722 and that of others: the same bytes for the same sound, the same sound for the same bytes.</summary>
public sealed class G722Tests
{
    public static TheoryData<string> Sounds => ["speech", "quiet noise", "loud noise", "overdriven", "sweep", "silence"];

    [Theory, MemberData(nameof(Sounds))]
    public async Task We_encode_to_the_same_bytes(string sound)
    {
        Spandsp.MustBeHere();
        var samples = await SamplesAsync(sound);
        Assert.Equal(Spandsp.Encode(samples), Encode(samples));
    }

    [Theory, MemberData(nameof(Sounds))]
    public async Task We_decode_to_the_same_samples(string sound)
    {
        Spandsp.MustBeHere();
        var payload = Spandsp.Encode(await SamplesAsync(sound));
        MustBeTheSame(Spandsp.Decode(payload), Decode(payload));
    }

    // Codes that no encoder sends, such as after a loss: both sides of the limits in the arithmetic are met.
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void We_decode_any_bytes_to_the_same_samples(int seed)
    {
        Spandsp.MustBeHere();
        var payload = new byte[64_000];
        new Random(seed).NextBytes(payload);
        MustBeTheSame(Spandsp.Decode(payload), Decode(payload));
    }

    // The last step of the recommendation limits the output to 16 bits; spandsp 0.0.6 lets it wrap around there.
    private static void MustBeTheSame(short[] theirs, short[] ours)
    {
        Assert.Equal(theirs.Length, ours.Length);
        for (var i = 0; i < ours.Length; i++)
        {
            var limited = ours[i] is short.MinValue or short.MaxValue && Math.Sign(ours[i]) != Math.Sign(theirs[i]);
            Assert.True(limited || ours[i] == theirs[i], $"sample {i} is {ours[i]} and not {theirs[i]}");
        }
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

    private static async Task<short[]> SamplesAsync(string sound)
    {
        if (sound == "speech")
            return (await Fixtures.ReadAsync("message-rms.wav")).Resample(16000).Samples.ToArray();
        var random = new Random(1);
        return [.. Enumerable.Range(0, 64_000).Select(i => (short)(sound switch
        {
            "quiet noise" => random.Next(-300, 300),
            "loud noise" => random.Next(-20_000, 20_000),
            "overdriven" => random.Next(2) == 0 ? short.MinValue : short.MaxValue,
            "sweep" => 30_000 * Math.Sin(Math.PI / 2 * i / 64_000 * i),
            _ => 0,
        }))];
    }
}
