using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Tests.DialPlans;

public sealed class TimeWindowTests
{
    // 2026-11-23 is a Monday.
    [Theory]
    [InlineData("mon-fri 08:00-18:00", "2026-11-23 08:00", true)]
    [InlineData("mon-fri 08:00-18:00", "2026-11-23 18:00", false)]
    [InlineData("mon-fri 08:00-18:00", "2026-11-28 09:00", false)]
    [InlineData("sat,sun", "2026-11-29 23:59", true)]
    [InlineData("sat,sun", "2026-11-23 00:00", false)]
    [InlineData("fri-mon", "2026-11-29 12:00", true)]
    [InlineData("fri-mon", "2026-11-25 12:00", false)]
    [InlineData("22:00-06:00", "2026-11-25 23:00", true)]
    [InlineData("fri 22:00-06:00", "2026-11-28 05:59", true)]
    [InlineData("fri 22:00-06:00", "2026-11-27 05:59", false)]
    [InlineData("mon 18:00-24:00", "2026-11-23 23:59", true)]
    [InlineData("mon 18:00-24:00", "2026-11-24 00:00", false)]
    public void A_moment_lies_in_a_window_or_not(string window, string moment, bool contained)
    {
        Assert.True(TimeWindow.TryParse(window, out var parsed, out _));
        Assert.Equal(contained, parsed.Contains(DateTime.Parse(moment, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("monday 08:00-18:00")]
    [InlineData("mon 8-18")]
    [InlineData("mon 08:00")]
    [InlineData("mon fri")]
    [InlineData("mon-tue-wed")]
    [InlineData("mon 08:00-25:00")]
    [InlineData("mon 08:00-18:00 x")]
    public void What_is_no_window_is_refused(string text)
    {
        Assert.False(TimeWindow.TryParse(text, out _, out var error));
        Assert.Contains("mon-fri 08:00-18:00", error, StringComparison.Ordinal);
    }
}
