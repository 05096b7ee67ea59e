using UnifiedMsg.Accounts;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Linphone;

/// <summary>Calls and registrations from the softphone Linphone.</summary>
[Requires("linphonec", package: "linphone-cli")]
public sealed class LinphoneTests : IAsyncLifetime
{
    private const string PhonePassword = "long-phone-password";

    private const string Plan = """
        steps:
          - name: An extension is its mailbox
            to: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
            silence: 6s
        """;

    private Installation _installation = null!;
    private AudioClip _speech = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync(Plan);
        _speech = await Fixtures.ReadAsync("message-short.wav");
    }

    // It does not tell when it is done with speaking: the silence after it ends the message, and we hang up.
    [Theory]
    [InlineData(SipCarrier.Udp, "PCMU")]
    [InlineData(SipCarrier.Udp, "PCMA")]
    [InlineData(SipCarrier.Tcp, "PCMU")]
    [InlineData(SipCarrier.Tls, "PCMA")]
    [InlineData(SipCarrier.Tls, "PCMU", true)]
    public async Task What_is_said_is_in_the_message(SipCarrier carrier, string codec, bool srtp = false)
    {
        await using var phone = await LinphonePhone.StartAsync(_installation.Folder, carrier, codec, _speech, _installation.Certificate, srtp);
        await phone.CallAsync(_installation, carrier);
        await Task.Delay(Installation.BeforeSpeaking);
        await phone.SpeakAsync();
        await phone.EndOfCallAsync();
        var message = await _installation.OnlyMessageAsync();
        message.MustBeVoiceMail(_speech.Through(codec == "PCMA" ? AudioCodec.Pcma : AudioCodec.Pcmu), LinphonePhone.Caller);
    }

    [Theory, InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls)]
    public async Task Whoever_hangs_up_in_the_greeting_leaves_a_notice(SipCarrier carrier)
    {
        await using var phone = await LinphonePhone.StartAsync(_installation.Folder, carrier, "PCMU", _speech, _installation.Certificate);
        await phone.CallAsync(_installation, carrier);
        await phone.HangUpAsync();
        await phone.EndOfCallAsync();
        (await _installation.OnlyMessageAsync()).MustBeMissedCall(LinphonePhone.Caller);
    }

    [Fact]
    public async Task A_server_that_it_does_not_know_is_not_called()
    {
        await using var phone = await LinphonePhone.StartAsync(_installation.Folder, SipCarrier.Tls, "PCMU", _speech);
        await phone.DialAsync(_installation, SipCarrier.Tls);
        await phone.FailureAsync();
        Assert.Contains("SSL handshake failed", phone.Output);
    }

    // It may choose between SHA-256 and MD5, as the phones section is by default.
    [Theory, InlineData(SipCarrier.Udp), InlineData(SipCarrier.Tcp), InlineData(SipCarrier.Tls)]
    public async Task It_registers_with_its_password(SipCarrier carrier)
    {
        await _installation.Server.Administration.ChangeUserAsync("alice@example.test", new AccountChange(PhonePassword: PhonePassword));
        await using var phone = await LinphonePhone.StartAsync(_installation.Folder, carrier, "PCMU", _speech, _installation.Certificate);
        var registered = await phone.RegisterAsync(_installation, carrier, "1001", PhonePassword);
        Assert.StartsWith($"{carrier.ToString().ToLowerInvariant()}:", registered.Source);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();
}
