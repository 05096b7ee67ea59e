using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Tests.DialPlans;

public sealed class NumberPatternTests
{
    [Theory]
    [InlineData("1001", "1001", true)]
    [InlineData("1001", "10011", false)]
    [InlineData("2XXX", "2009", true)]
    [InlineData("2XXX", "3009", false)]
    [InlineData("ZN", "11", false)]
    [InlineData("ZN", "12", true)]
    [InlineData("[2-5]X", "57", true)]
    [InlineData("[2-5]X", "67", false)]
    [InlineData("+49.", "+4930", true)]
    [InlineData("+49.", "+49", false)]
    [InlineData("*98", "*98", true)]
    [InlineData("*98", "998", false)]
    [InlineData("alice", "alice", true)]
    public void The_whole_number_has_to_match(string pattern, string number, bool matches)
    {
        Assert.True(NumberPattern.TryParse(pattern, out var parsed, out _));
        Assert.Equal(matches, parsed.Matches(number, new Dictionary<string, string>()));
    }

    [Theory]
    [InlineData("{extension}", "1001", "1001")]
    [InlineData("+4930123{extension:XXX}", "+4930123456", "456")]
    [InlineData("*{extension:2XXX}", "*2001", "2001")]
    public void A_capture_takes_what_its_pattern_matches(string pattern, string number, string extension)
    {
        var values = new Dictionary<string, string>();
        Assert.True(NumberPattern.TryParse(pattern, out var parsed, out _));
        Assert.True(parsed.Matches(number, values));
        Assert.Equal(extension, values["extension"]);
    }

    [Theory]
    [InlineData("", "1 to 100")]
    [InlineData("12 34", "' ' can't stand")]
    [InlineData("1.2", "only stand at the end")]
    [InlineData("[", "'['")]
    [InlineData("[5-2]", "goes down")]
    [InlineData("[a]", "digits and ranges")]
    [InlineData("{extension", "without '}'")]
    [InlineData("{Ext}", "small letters")]
    [InlineData("{a}{a}", "stands twice")]
    [InlineData("{a:}", "empty pattern")]
    [InlineData("(1", "'(' can't stand")]
    public void A_mistake_is_named(string pattern, string part)
    {
        Assert.False(NumberPattern.TryParse(pattern, out _, out var error));
        Assert.Contains(part, error, StringComparison.Ordinal);
    }
}
