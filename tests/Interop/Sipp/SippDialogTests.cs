using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>What phone systems do within a call, and when they give one up.</summary>
[Requires("sipp", package: "sip-tester")]
public sealed class SippDialogTests : IAsyncLifetime
{
    private const string Plan = """
        steps:
          - name: Rings for a while
            to: "9"
            mailbox: alice@example.test
            ring: 1s
            greeting: hello.wav
          - name: Rings for long
            to: "8"
            mailbox: alice@example.test
            ring: 20s
          - name: An extension is its mailbox
            to: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
        """;

    private Installation _installation = null!;
    private AudioClip _speech = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync(Plan);
        _speech = await Fixtures.ReadAsync("message-short.wav");
    }

    [Fact]
    public async Task A_phone_system_that_demands_PRACK_leaves_a_message()
    {
        var scenario = new SippScenario().Invite(SippScenario.Sdp(), headers: "Require: 100rel").ExpectReliable(180, 2).Expect(200).Ack();
        await CallAsync(Speak(scenario).Pause(_speech.Duration + Installation.AfterSpeaking).Bye(3).Expect(200), "9");
        await MustHaveArrivedAsync();
    }

    // RFC 4028 by UPDATE (RFC 3311), and hold and resume in both ways, while the caller speaks on.
    [Fact]
    public async Task A_session_that_is_refreshed_held_and_resumed_within_the_message_is_one_message()
    {
        const string Timer = "Session-Expires: 90;refresher=uac";
        var apart = _speech.Duration / 5;
        var begin = new SippScenario().Invite(SippScenario.Sdp(), headers: ["Require: timer", Timer]).ExpectAnswer().Ack();
        var scenario = Speak(begin)
            .Pause(apart).Within("UPDATE", 2, null, "Require: timer", Timer).Expect(200)
            .Pause(apart).InviteAgain(3, SippScenario.Sdp(direction: "sendonly", version: 2)).ExpectAnswer().Ack(cseq: 3)
            .Pause(apart).Within("UPDATE", 4, SippScenario.Sdp(version: 3)).Expect(200)
            .Pause((2 * apart) + Installation.AfterSpeaking).Bye(5).Expect(200);
        var messages = await CallAsync(scenario);
        Assert.Contains("Session-Expires: 90;refresher=uac\r\nRequire: timer", messages.ReplaceLineEndings("\r\n"));
        Assert.Contains("a=recvonly", messages);
        await MustHaveArrivedAsync();
    }

    [Fact]
    public async Task What_we_refuse_within_a_call_leaves_it_as_it_was()
    {
        var scenario = new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().Ack()
            .Within("REFER", 2, null, "Refer-To: <sip:1002@example.test>").Expect(603)
            .Within("INFO", 1).Expect(500)
            .Within("UPDATE", 3, null, "Supported: timer", "Session-Expires: 30").Expect(422);
        await CallAsync(Speak(scenario).Pause(_speech.Duration + Installation.AfterSpeaking).Bye(4).Expect(200));
        await MustHaveArrivedAsync();
    }

    // RFC 3326 §3.1: of the two calls only the second one was missed.
    [Fact]
    public async Task A_call_that_somebody_else_has_taken_was_not_missed()
    {
        foreach (var reason in new[] { "SIP;cause=200;text=\"Call completed elsewhere\"", "SIP;cause=487" })
        {
            await CallAsync(new SippScenario().Invite(SippScenario.Sdp()).Expect(100, optional: true).Expect(180).Cancel($"Reason: {reason}")
                .Expect(200).Expect(487).AckRefusal(), "8");
        }
        (await _installation.OnlyMessageAsync()).MustBeMissedCall(SippScenario.Caller);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private static SippScenario Speak(SippScenario scenario) => scenario.Pause(Installation.BeforeSpeaking).Stream();

    private Task<string> CallAsync(SippScenario scenario, string extension = "1001") =>
        SippPhone.CallAsync(_installation, scenario, speech: _speech, extension: extension);

    private async Task MustHaveArrivedAsync() =>
        (await _installation.OnlyMessageAsync()).MustBeVoiceMail(_speech.Through(AudioCodec.Pcmu), SippScenario.Caller);
}
