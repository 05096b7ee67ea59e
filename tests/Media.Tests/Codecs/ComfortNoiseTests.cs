using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Tests.Codecs;

public sealed class ComfortNoiseTests
{
    // RFC 3389 §3.1: the level is in dB below the loudest possible.
    [Theory]
    [InlineData(30)]
    [InlineData(50)]
    [InlineData(70)]
    public void It_is_as_loud_as_the_packet_says(byte level) => Assert.InRange(Level(Noise(level)), -level - 0.7, -level + 0.7);

    [Fact]
    public void Colour_does_not_change_how_loud_it_is() => Assert.InRange(Level(Noise(40, 10, 180, 100)), -41.5, -38.5);

    // RFC 3389 §3.2: a first coefficient below zero makes neighbours alike, which is a dull noise; above zero a bright one.
    [Theory]
    [InlineData(20, true)]
    [InlineData(234, false)]
    public void Its_colour_is_that_of_the_packet(byte coefficient, bool dull)
    {
        var samples = Noise(30, coefficient);
        double neighbours = 0, power = 0;
        for (var i = 1; i < samples.Length; i++)
        {
            neighbours += (double)samples[i] * samples[i - 1];
            power += (double)samples[i] * samples[i];
        }
        // The correlation of neighbours is the coefficient with its sign turned.
        Assert.InRange(neighbours / power, dull ? 0.8 : -0.88, dull ? 0.88 : -0.8);
    }

    [Fact]
    public void The_quietest_level_and_an_empty_packet_are_silence()
    {
        Assert.All(Noise(127), sample => Assert.Equal(0, sample));
        Assert.All(Noise(), sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void Hostile_coefficients_ring_no_louder_than_the_format_can_hold()
    {
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var payload = new byte[random.Next(0, 300)];
            random.NextBytes(payload);
            Assert.Equal(8000, Noise(payload).Length);
        }
    }

    private static short[] Noise(params byte[] payload)
    {
        var noise = new ComfortNoise();
        noise.Update(payload);
        var samples = new short[8000];
        noise.Generate(samples);
        return samples;
    }

    private static double Level(short[] samples) =>
        20 * Math.Log10(Math.Sqrt(samples.Average(sample => (double)sample * sample)) / short.MaxValue);
}
