using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>An ACK that does not come.</summary>
[Requires("sipp", package: "sip-tester")]
public sealed class SippLostAckTests
{
    // RFC 3261 §13.3.1.4: the 200 is sent again, at intervals from T1 to T2, until its ACK comes; after 64*T1 = 32 s without one, BYE.
    [Fact]
    public async Task A_200_that_nobody_acknowledges_is_repeated_and_then_we_hang_up()
    {
        await using var installation = await Installation.StartAsync();
        var scenario = new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().ExpectBye(within: TimeSpan.FromSeconds(55));
        var messages = await SippPhone.CallAsync(installation, scenario);
        var answers = Regex.Count(messages, "(?m)^SIP/2.0 200 OK\r?\n(?:.*\n)*?CSeq: 1 INVITE");
        // Eleven by the timers; fewer when the machine is late, and then each wait after that is.
        Assert.True(answers is >= 6 and <= 11, $"{answers} answers in\n{messages}");
        (await installation.OnlyMessageAsync()).MustBeMissedCall(SippScenario.Caller);
    }
}
