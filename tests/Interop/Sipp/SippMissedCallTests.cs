using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>Calls in which nothing is said, and what else a phone does that leaves no message.</summary>
[Requires("sipp", package: "sip-tester")]
[Requires("openssl", package: "openssl")]
public sealed class SippMissedCallTests
{
    private const string GreetingPlan = """
        steps:
          - name: The greeting built in
            to: "{extension}"
            mailbox: "{extension}"
        """;

    [Fact]
    public async Task A_caller_who_hangs_up_in_the_greeting_leaves_a_notice()
    {
        await using var installation = await Installation.StartAsync();
        var scenario = new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().Ack().Bye().Expect(200);
        await SippPhone.CallAsync(installation, scenario);
        (await installation.OnlyMessageAsync()).MustBeMissedCall(SippScenario.Caller);
    }

    // The first key skips the greeting built in, which lasts for seven seconds; the second ends a message in which nothing was said. The
    // silence would end it after the time that the BYE is waited for.
    [Fact]
    public async Task Keys_skip_the_greeting_and_end_the_message()
    {
        await using var installation = await Installation.StartAsync(GreetingPlan);
        var scenario = new SippScenario().Invite(SippScenario.KeysSdp()).ExpectAnswer().Ack().Press("#")
            .Pause(TimeSpan.FromSeconds(3)).Press("#").ExpectBye(within: TimeSpan.FromSeconds(5));
        await SippPhone.CallAsync(installation, scenario);
        (await installation.OnlyMessageAsync()).MustBeMissedCall(SippScenario.Caller);
    }

    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Ws), InlineData(SipCarrier.Wss)]
    public async Task Whoever_asks_what_we_can_do_is_told(SipCarrier carrier)
    {
        await using var installation = await Installation.StartAsync();
        var messages = await SippPhone.CallAsync(installation, new SippScenario().Options().Expect(200), carrier);
        Assert.Matches("(?m)^Allow: .*INVITE", messages);
    }
}
