using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>
/// A caller gives up at each moment of a call (RFC 3261 §9). Whenever that is, the CANCEL is answered, the INVITE has one end, and the
/// mailbox one notice.
/// </summary>
[Requires("sipp", package: "sip-tester")]
[Requires("openssl", package: "openssl")]
public sealed partial class SippCancelTests : IAsyncLifetime
{
    private const string Ringing = "8";
    private const string Answering = "1001";

    private const string Plan = """
        steps:
          - name: Rings for long
            to: "8"
            mailbox: alice@example.test
            ring: 60s
          - name: An extension is its mailbox
            to: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
        """;

    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.StartAsync(Plan);

    // Both are on the way before we have said anything.
    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Ws)]
    public async Task Before_any_response(SipCarrier carrier)
    {
        var messages = await SippPhone.CallAsync(_installation, InviteOnce().Cancel().ExpectCancelled().AckRefusal(), carrier, extension: Ringing, hearsLater: true);
        MustHaveEnded(messages, "487");
        await MustBeMissedAsync();
    }

    // RFC 3261 §17.2.1: it is one call all the same.
    [Fact]
    public async Task After_the_INVITE_was_sent_twice()
    {
        var scenario = InviteOnce().Invite(SippScenario.Sdp(), once: true).Cancel().ExpectCancelled().AckRefusal();
        MustHaveEnded(await SippPhone.CallAsync(_installation, scenario, extension: Ringing, hearsLater: true), "487");
        await MustBeMissedAsync();
    }

    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Ws), InlineData(SipCarrier.Wss)]
    public async Task While_it_rings(SipCarrier carrier)
    {
        var scenario = Invite().Expect(100, optional: true).Expect(180).Cancel().ExpectCancelled().AckRefusal();
        MustHaveEnded(await SippPhone.CallAsync(_installation, scenario, carrier, extension: Ringing), "487");
        await MustBeMissedAsync();
    }

    // RFC 3262 §3: the 180 that waits for its PRACK is given up with the call.
    [Fact]
    public async Task Before_the_PRACK_of_the_ringing()
    {
        var scenario = Invite("Require: 100rel").Expect(100, optional: true).Expect(180).Cancel().ExpectCancelled().AckRefusal();
        var messages = await SippPhone.CallAsync(_installation, scenario, extension: Ringing);
        Assert.Matches(@"(?m)^RSeq: \d", messages);
        MustHaveEnded(messages, "487");
        await MustBeMissedAsync();
    }

    // The answer to the CANCEL was lost, and the ACK is late: the CANCEL comes again.
    [Fact]
    public async Task Twice()
    {
        var scenario = Invite().Expect(100, optional: true).Expect(180).Cancel().ExpectCancelled().Cancel().Expect(200).AckRefusal();
        MustHaveEnded(await SippPhone.CallAsync(_installation, scenario, extension: Ringing, answersRepeats: false), "487");
        await MustBeMissedAsync();
    }

    // RFC 3261 §9.2: too late, before or after the ACK; the caller has to hang up.
    [Theory]
    [InlineData(SipCarrier.Udp, false), InlineData(SipCarrier.Udp, true)]
    [InlineData(SipCarrier.Tcp, false), InlineData(SipCarrier.Tcp, true)]
    public async Task After_the_answer(SipCarrier carrier, bool acknowledged)
    {
        var answered = Invite().ExpectAnswer();
        var scenario = acknowledged ? answered.Ack().Cancel().Expect(200) : answered.Cancel().Expect(200).Ack();
        MustHaveEnded(await SippPhone.CallAsync(_installation, scenario.Bye().Expect(200), carrier, extension: Answering), "200");
        await MustBeMissedAsync();
    }

    // RFC 3261 §9.2: one for an INVITE that never was.
    [Fact]
    public async Task Of_nothing() => await SippPhone.CallAsync(_installation, new SippScenario().Cancel().Expect(481), extension: Ringing);

    // The answer and the CANCEL cross each other, now the one first and now the other: each call either has ended with 487, or is up and
    // hung up. Ten, since one caller gets no more notices than that at once.
    [Theory, InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp)]
    public async Task At_the_moment_of_the_answer(SipCarrier carrier)
    {
        const int Calls = 10;
        var scenario = InviteOnce().PauseUpTo(TimeSpan.FromMilliseconds(20)).Cancel().SettleCancelled();
        var messages = await SippPhone.CallAsync(_installation, scenario, carrier, extension: Answering, calls: Calls, hearsLater: true);
        var ends = EndOfInvite().Matches(messages.ReplaceLineEndings("\n")).Select(end => (Status: end.Groups[1].Value, Call: end.Groups[2].Value)).Distinct().ToList();
        Assert.Equal(Calls, ends.Count);
        Assert.Equal(Calls, ends.Select(end => end.Call).Distinct().Count());
        await MustBeMissedAsync(Calls);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private static SippScenario Invite(params string[] headers) => new SippScenario().Invite(SippScenario.Sdp(), headers: headers);

    private static SippScenario InviteOnce() => new SippScenario().Invite(SippScenario.Sdp(), once: true);

    private static void MustHaveEnded(string messages, string status)
    {
        var text = messages.ReplaceLineEndings("\n");
        Assert.Equal([status], EndOfInvite().Matches(text).Select(end => end.Groups[1].Value).Distinct());
        Assert.Equal(["200"], EndOfCancel().Matches(text).Select(end => end.Groups[1].Value).Distinct());
    }

    private async Task MustBeMissedAsync(int calls = 1)
    {
        if (calls == 1)
        {
            (await _installation.OnlyMessageAsync()).MustBeMissedCall(SippScenario.Caller);
            return;
        }
        var notices = await _installation.MessagesAsync(calls);
        Assert.All(notices, notice => notice.MustBeMissedCall(SippScenario.Caller));
        Assert.Equal(calls, notices.Select(notice => notice.CallId).Distinct().Count());
    }

    [GeneratedRegex(@"^SIP/2.0 ([2-6]\d\d) [^\n]*\n(?:[^\n]+\n)*?Call-ID: ([^\n]+)\n(?:[^\n]+\n)*?CSeq: 1 INVITE$", RegexOptions.Multiline)]
    private static partial Regex EndOfInvite();

    [GeneratedRegex(@"^SIP/2.0 ([2-6]\d\d) [^\n]*\n(?:[^\n]+\n)*?CSeq: 1 CANCEL$", RegexOptions.Multiline)]
    private static partial Regex EndOfCancel();
}
