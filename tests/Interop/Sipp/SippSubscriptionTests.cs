using System.Text.RegularExpressions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip.Digest;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>The lamp as a phone asks for it, and a phone that proves its password.</summary>
[Requires("sipp", package: "sip-tester")]
[Requires("openssl", package: "openssl")]
public sealed class SippSubscriptionTests : IAsyncLifetime
{
    private const string PhonePassword = "long-phone-password";

    private Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        // sipp looks at the first challenge only, and knows MD5 only.
        var phones = new PhonesSection { Algorithms = [DigestAlgorithm.Md5, DigestAlgorithm.Sha256], NonceLifetime = TimeSpan.FromSeconds(4) };
        _installation = await Installation.StartAsync(sip: new SipSection { Phones = phones });
        await _installation.Server.Administration.ChangeUserAsync("alice@example.test", new AccountChange(PhonePassword: PhonePassword));
    }

    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Ws), InlineData(SipCarrier.Wss)]
    public async Task The_lamp_is_subscribed_to_refreshed_and_given_up(SipCarrier carrier)
    {
        var messages = await SippPhone.CallAsync(_installation, new SippScenario()
            .Subscribe(1, 600).Expect(200).ExpectNotify("active")
            .Subscribe(2, 900).Expect(200).ExpectNotify("active")
            .Subscribe(3, 30).Expect(423)
            .Subscribe(4, 0).Expect(200).ExpectNotify("terminated;reason=timeout"), carrier);
        Assert.Equal(3, Numbers(messages, @"(?m)^CSeq: (\d+) NOTIFY"));
        Assert.Matches("(?m)^Messages-Waiting: no", messages);
        Assert.Matches("(?m)^Expires: 900", messages);
        Assert.Matches("(?m)^Min-Expires: 60", messages);
    }

    // The caller takes seconds to speak, and the lamp is watched long before.
    [Theory, InlineData(SipCarrier.Udp), InlineData(SipCarrier.Wss)]
    public async Task The_lamp_turns_on_with_a_message(SipCarrier carrier)
    {
        var watching = SippPhone.CallAsync(_installation, new SippScenario()
            .Subscribe(1, 600).Expect(200).ExpectNotify("active").ExpectNotify("active")
            .Subscribe(2, 0).Expect(200).ExpectNotify("terminated;reason=timeout"), carrier);
        var speech = await Fixtures.ReadAsync("message-short.wav");
        await SippPhone.CallAsync(_installation, new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().Ack()
            .Pause(Installation.BeforeSpeaking).Stream().Pause(speech.Duration + Installation.AfterSpeaking).Bye().Expect(200), speech: speech);
        var messages = await watching;
        Assert.Matches("(?m)^Messages-Waiting: no", messages);
        Assert.Matches(@"(?m)^Messages-Waiting: yes\r?\n(?:.+\n)*?Voice-Message: 1/0", messages);
    }

    [Fact]
    public async Task The_lamp_can_be_asked_for_once() => await SippPhone.CallAsync(
        _installation, new SippScenario().Subscribe(1, 0).Expect(200).ExpectNotify("terminated;reason=timeout"));

    [Theory]
    [InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls), InlineData(SipCarrier.Wss)]
    public async Task A_nonce_serves_for_a_while_and_then_it_is_stale(SipCarrier carrier)
    {
        var messages = await SippPhone.CallAsync(_installation, new SippScenario()
            .Register(1).ExpectChallenge()
            .Register(2, PhonePassword).Expect(200)
            .Register(3, PhonePassword).Expect(200)
            .Pause(TimeSpan.FromSeconds(4.5))
            .Register(4, PhonePassword).ExpectChallenge()
            .Register(5, PhonePassword).Expect(200), carrier);
        Assert.Equal(2, Numbers(messages, @"(?m)^SIP/2.0 401 (?:.+\n)+?CSeq: (\d+) REGISTER"));
        Assert.Contains("stale=true", messages);
        Assert.Single(await _installation.Server.Administration.ListPhonesAsync("alice@example.test"));
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        var messages = await SippPhone.CallAsync(_installation, new SippScenario()
            .Register(1).ExpectChallenge().Register(2, "another-password").Expect(401));
        Assert.DoesNotContain("stale=true", messages);
        Assert.Empty(await _installation.Server.Administration.ListPhonesAsync("alice@example.test"));
    }

    // Over UDP, on a busy machine, everything may come more than once.
    private static int Numbers(string messages, string pattern) => Regex.Matches(messages, pattern).Select(match => match.Groups[1].Value).Distinct().Count();

    public ValueTask DisposeAsync() => _installation.DisposeAsync();
}
