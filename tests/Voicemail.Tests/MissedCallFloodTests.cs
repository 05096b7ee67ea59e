using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Voicemail.Messages;

namespace UnifiedMsg.Voicemail.Tests;

/// <summary>Who calls again and again is told of, but does not fill a mailbox.</summary>
public sealed class MissedCallFloodTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MissedCallFlood _flood;

    public MissedCallFloodTests() => _flood = new MissedCallFlood(10, TimeSpan.FromMinutes(1), _time);

    [Fact]
    public void The_first_calls_are_told_one_by_one_then_one_a_minute()
    {
        Assert.Equal(10, Notices(1000, "alice@example.test", "2000"));
        for (var minute = 0; minute < 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(1, Notices(1000, "alice@example.test", "2000"));
        }
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(4, Notices(1000, "alice@example.test", "2000"));
    }

    [Fact]
    public void Another_caller_and_another_mailbox_are_not_concerned()
    {
        Notices(1000, "alice@example.test", "2000");
        Assert.Equal(10, Notices(20, "alice@example.test", "2001"));
        Assert.Equal(10, Notices(20, "bob@example.test", "2000"));
    }

    private int Notices(int calls, string mailbox, string caller) =>
        Enumerable.Range(0, calls).Count(_ => _flood.TellsOf(new("id", "call-id", 1, mailbox, caller, "", "1001", default, MissedCall: true)));
}
