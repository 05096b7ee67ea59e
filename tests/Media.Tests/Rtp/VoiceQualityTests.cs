using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class VoiceQualityTests
{
    // Reckoned by hand from the formula of ITU-T G.107: R = 93.2; 92.0; 92.0 - 10.14; 92.0 - 42.13; 93.2 - 7.2 - 13.50; 93.2 - 75.9.
    [Theory]
    [InlineData(0, 0, 4.41)]
    [InlineData(0, 50, 4.39)]
    [InlineData(3, 50, 4.09)]
    [InlineData(20, 50, 2.57)]
    [InlineData(0, 300, 3.71)]
    [InlineData(100, 0, 1.18)]
    public void It_is_what_the_e_model_says(double percentLost, double delay, double expected) =>
        Assert.Equal(expected, VoiceQuality.MeanOpinionScore(percentLost / 100, TimeSpan.FromMilliseconds(delay)), 0.02);

    [Fact]
    public void Senseless_values_stay_on_the_scale()
    {
        Assert.InRange(VoiceQuality.MeanOpinionScore(-3, TimeSpan.FromSeconds(-1)), 1, 4.5);
        Assert.Equal(1, VoiceQuality.MeanOpinionScore(7, TimeSpan.FromDays(1)));
    }
}
