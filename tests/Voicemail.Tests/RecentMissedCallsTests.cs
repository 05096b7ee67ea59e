using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Voicemail.Messages;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests;

/// <summary>Who calls again and again leaves one notice in a while.</summary>
public sealed class RecentMissedCallsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void One_notice_for_each_caller_mailbox_and_pause()
    {
        var missed = new RecentMissedCalls(TimeSpan.FromMinutes(1), _time);
        Assert.True(missed.IsNew(Call("alice@example.test", "2000")));
        for (var i = 0; i < 1000; i++)
            Assert.False(missed.IsNew(Call("alice@example.test", "2000")));
        Assert.True(missed.IsNew(Call("alice@example.test", "2001")));
        Assert.True(missed.IsNew(Call("bob@example.test", "2000")));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(missed.IsNew(Call("alice@example.test", "2000")));
    }

    private static SpooledCall Call(string mailbox, string caller) => new("id", "call-id", 1, mailbox, caller, "", "1001", default, MissedCall: true);
}
