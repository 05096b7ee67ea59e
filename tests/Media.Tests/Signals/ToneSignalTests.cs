using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Media.Tests.Signals;

public sealed class ToneSignalTests
{
    [Theory]
    [InlineData("de"), InlineData("at"), InlineData("ch"), InlineData("uk"), InlineData("us"), InlineData("ca"), InlineData("fr")]
    [InlineData("it"), InlineData("es"), InlineData("nl"), InlineData("be"), InlineData("pl"), InlineData("se"), InlineData("no")]
    [InlineData("dk"), InlineData("fi"), InlineData("au"), InlineData("nz"), InlineData("jp"), InlineData("in"), InlineData("br")]
    [InlineData("za"), InlineData("DE"), InlineData("any")]
    public void A_country_has_every_tone(string country)
    {
        Assert.True(CountryTones.TryFind(country, out var tones));
        foreach (var tone in Enum.GetValues<CallTone>())
            Assert.NotEmpty(tones[tone].Bursts);
        Assert.InRange(tones[CallTone.Record].Bursts[0].On, 350, 500);
    }

    [Fact]
    public void A_country_that_nobody_knows_is_not_found() => Assert.False(CountryTones.TryFind("xx", out _));

    // ITU-T E.180 Supplement 2, of three countries that differ in everything.
    [Theory]
    [InlineData("de", CallTone.Busy, 960, 425.0)]
    [InlineData("us", CallTone.Ringing, 6000, 440.0, 480.0)]
    [InlineData("gb", CallTone.Congestion, 1500, 400.0)]
    public void Frequencies_and_cadences_are_those_of_the_country(string country, CallTone tone, int period, params double[] frequencies)
    {
        Assert.True(CountryTones.TryFind(country, out var tones));
        Assert.Equal(frequencies, tones[tone].Bursts[0].Frequencies);
        Assert.Equal(period, tones[tone].Period.TotalMilliseconds);
    }

    [Theory]
    [InlineData(8000)]
    [InlineData(16000)]
    [InlineData(48000)]
    public void A_signal_has_its_level_its_pauses_and_no_clicks(int rate)
    {
        Assert.True(CountryTones.TryFind("us", out var tones));
        var samples = tones[CallTone.Busy].ToClip(TimeSpan.FromSeconds(1), rate).Samples.Span;
        var middle = samples[(rate / 10)..(rate * 4 / 10)];
        var power = 0.0;
        foreach (var sample in middle)
            power += sample / 32767.0 * (sample / 32767.0) / middle.Length;
        // 0 dBm0 is a sine 3.14 dB below full scale.
        Assert.Equal(-21, 10 * Math.Log10(power * 2) + 3.14, 0.2);
        Assert.Equal(-1, samples[(rate / 2)..].IndexOfAnyExcept((short)0));
        Assert.InRange(Steepest(samples), 1, Steepest(middle));
    }

    [Fact]
    public void A_signal_of_some_length_ends_without_a_click()
    {
        var source = CountryTones.Default[CallTone.Dial].Open(8000, TimeSpan.FromSeconds(0.1));
        var samples = new short[1000];
        Assert.Equal(800, source.Read(samples));
        Assert.Equal(0, source.Read(samples));
        Assert.InRange(samples[799], -10, 10);
    }

    [Fact]
    public void A_steady_signal_goes_on_without_a_jump_whatever_it_is_read_in()
    {
        var whole = new short[4000];
        CountryTones.Default[CallTone.Dial].Open(8000).Read(whole);
        var source = CountryTones.Default[CallTone.Dial].Open(8000);
        var parts = new List<short>();
        foreach (var length in new[] { 1, 159, 160, 333, 3347 })
        {
            var part = new short[length];
            Assert.Equal(length, source.Read(part));
            parts.AddRange(part);
        }
        Assert.Equal(whole, parts);
    }

    private static int Steepest(ReadOnlySpan<short> samples)
    {
        var most = 0;
        for (var i = 1; i < samples.Length; i++)
            most = Math.Max(most, Math.Abs(samples[i] - samples[i - 1]));
        return most;
    }
}
