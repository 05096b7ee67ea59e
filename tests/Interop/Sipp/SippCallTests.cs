using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>Calls that leave a message.</summary>
[Requires("sipp", package: "sip-tester")]
[Requires("openssl", package: "openssl")]
public sealed class SippCallTests : IAsyncLifetime
{
    private const string Plan = """
        steps:
          - name: Rings for a while
            to: "9"
            mailbox: alice@example.test
            ring: 1s
            greeting: hello.wav
          - name: Hangs up soon
            to: "4"
            mailbox: alice@example.test
            silence: 6s
            greeting: hello.wav
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

    [Theory]
    [InlineData(SipCarrier.Udp, 0)]
    [InlineData(SipCarrier.Udp, 8)]
    [InlineData(SipCarrier.Udp, 9)]
    [InlineData(SipCarrier.Tcp, 0)]
    [InlineData(SipCarrier.Tls, 8)]
    [InlineData(SipCarrier.Ws, 0)]
    [InlineData(SipCarrier.Wss, 8)]
    public async Task A_call_leaves_a_message(SipCarrier carrier, int payloadType)
    {
        await CallAsync(Speak(Begin(payloadType), payloadType).Bye().Expect(200), carrier, payloadType);
        await MustHaveArrivedAsync(payloadType);
    }

    // Once while it rings, once after the answer was acknowledged (RFC 6026 §7.1: the transaction has to know it still).
    [Fact]
    public async Task An_INVITE_that_comes_three_times_is_one_call_and_one_message()
    {
        var sdp = SippScenario.Sdp();
        var scenario = new SippScenario().Invite(sdp).Expect(100, optional: true).Expect(180).Invite(sdp, once: true)
            .Expect(180, optional: true).Expect(200).Ack().Invite(sdp, once: true);
        var messages = await CallAsync(Speak(scenario).Bye().Expect(200), extension: "9", answersRepeats: false);
        Assert.True(Regex.Count(messages, "(?m)^INVITE ") >= 3, messages);
        await MustHaveArrivedAsync();
    }

    // RFC 3261 §13.3.1.4: the 200 is repeated until its ACK comes.
    [Fact]
    public async Task A_call_whose_first_ACK_is_lost_goes_on()
    {
        var scenario = new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().Expect(200).Ack();
        var messages = await CallAsync(Speak(scenario).Bye().Expect(200), answersRepeats: false);
        Assert.Equal(1, Regex.Count(messages, "(?m)^ACK "));
        await MustHaveArrivedAsync();
    }

    // RFC 3261 §17.2.2: the transaction of the BYE outlives the call.
    [Fact]
    public async Task A_BYE_whose_200_is_lost_is_answered_again()
    {
        var messages = await CallAsync(Speak(Begin()).Bye().Expect(200).Bye().Expect(200), answersRepeats: false);
        Assert.DoesNotMatch("(?m)^SIP/2.0 481", messages);
        await MustHaveArrivedAsync();
    }

    // RFC 3261 §13.2.1: the offer may be in the 200, the answer is in the ACK then.
    [Fact]
    public async Task A_phone_that_lets_us_offer_is_understood()
    {
        await CallAsync(Speak(new SippScenario().Invite(null).ExpectAnswer().Ack(SippScenario.Sdp())).Bye().Expect(200));
        await MustHaveArrivedAsync();
    }

    // RFC 3261 §14, RFC 3264 §8.4: hold and resume are new offers within the call.
    [Fact]
    public async Task Hold_and_resume_before_speaking_change_nothing_of_the_message()
    {
        var scenario = Begin()
            .InviteAgain(2, SippScenario.Sdp(direction: "sendonly", version: 2)).ExpectAnswer().Ack(cseq: 2)
            .InviteAgain(3, SippScenario.Sdp(version: 3)).ExpectAnswer().Ack(cseq: 3);
        var messages = await CallAsync(Speak(scenario).Bye(4).Expect(200));
        Assert.Contains("a=recvonly", messages);
        await MustHaveArrivedAsync();
    }

    // RFC 7118 §5.2, RFC 5923: over a stream the BYE takes the connection that the call came by; nobody listens at the other end of a tunnel.
    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Ws), InlineData(SipCarrier.Wss)]
    public async Task Silence_ends_the_message_and_we_hang_up(SipCarrier carrier)
    {
        await CallAsync(Speak(Begin()).ExpectBye(), carrier, extension: "4");
        await MustHaveArrivedAsync();
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private static SippScenario Begin(int payloadType = 0) => new SippScenario().Invite(SippScenario.Sdp(payloadType)).ExpectAnswer().Ack();

    private SippScenario Speak(SippScenario scenario, int payloadType = 0) =>
        scenario.Pause(Installation.BeforeSpeaking).Stream(payloadType).Pause(_speech.Duration + Installation.AfterSpeaking);

    private Task<string> CallAsync(
        SippScenario scenario, SipCarrier carrier = SipCarrier.Udp, int payloadType = 0, string extension = "1001",
        bool answersRepeats = true) =>
        SippPhone.CallAsync(_installation, scenario, carrier, _speech, Codec(payloadType), extension, answersRepeats);

    private async Task MustHaveArrivedAsync(int payloadType = 0) =>
        (await _installation.OnlyMessageAsync()).MustBeVoiceMail(_speech.Through(Codec(payloadType)), SippScenario.Caller);

    private static AudioCodec Codec(int payloadType) => AudioCodec.BuiltIn.Single(codec => codec.StaticPayloadType == payloadType);
}
