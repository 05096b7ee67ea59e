using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Baresip;

/// <summary>Calls from the softphone baresip.</summary>
[Requires("baresip", package: "baresip-core")]
public sealed class BaresipTests : IAsyncLifetime
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private Installation _installation = null!;
    private AudioClip _speech = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync();
        _speech = await Fixtures.ReadAsync("message-short.wav");
    }

    [Theory]
    [InlineData(SipCarrier.Udp, "PCMU")]
    [InlineData(SipCarrier.Udp, "PCMA")]
    [InlineData(SipCarrier.Tcp, "PCMA")]
    [InlineData(SipCarrier.Tls, "PCMU")]
    public async Task What_is_said_is_in_the_message(SipCarrier carrier, string codec)
    {
        var says = Fixtures.Between(Installation.BeforeSpeaking, _speech, Pause);
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, codec, says, _installation.Certificate);
        await phone.CallAsync(_installation, carrier);
        await phone.EndOfCallAsync();
        var message = await _installation.OnlyMessageAsync();
        message.MustBeVoiceMail(_speech.Through(codec == "PCMA" ? AudioCodec.Pcma : AudioCodec.Pcmu), BaresipPhone.Caller);
    }

    [Fact]
    public async Task Wideband_sound_stays_wide()
    {
        var says = Fixtures.Between(Installation.BeforeSpeaking, _speech.Resample(16000), Pause);
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, "G722", says);
        await phone.CallAsync(_installation, SipCarrier.Udp);
        await phone.EndOfCallAsync();
        (await _installation.OnlyMessageAsync()).MustBeVoiceMail(_speech.Through(AudioCodec.G722), BaresipPhone.Caller);
    }

    // What Opus leaves of a voice sounds the same and is drawn anew, so that it is less like it by number.
    [Fact]
    public async Task Opus_is_understood()
    {
        Installation.MustHaveOpus();
        var says = Fixtures.Between(Installation.BeforeSpeaking, _speech.Resample(16000), Pause);
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, "opus", says);
        await phone.CallAsync(_installation, SipCarrier.Udp);
        await phone.EndOfCallAsync();
        (await _installation.OnlyMessageAsync()).MustBeVoiceMail(_speech.Through(AudioCodec.Opus!), BaresipPhone.Caller, likeness: 0.85);
    }

    // RFC 4733: the key is an event in the audio stream; the default plan lets # end the message. It speaks for longer than that, so
    // that only the key can have ended the call.
    [Theory]
    [InlineData("PCMU")]
    [InlineData("G722")]
    public async Task The_key_that_ends_a_message_ends_it(string codec)
    {
        var says = Fixtures.Between(Installation.BeforeSpeaking, AudioClip.Join(_speech, _speech, _speech, _speech, _speech, _speech), Pause);
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, codec, says);
        await phone.CallAsync(_installation, SipCarrier.Udp);
        await Task.Delay(Installation.BeforeSpeaking + (2 * _speech.Duration));
        await phone.PressAsync('#');
        Assert.NotEqual("end of file", await phone.EndOfCallAsync());
        var message = await _installation.OnlyMessageAsync();
        message.MustBeVoiceMail(_speech.Through(codec == "PCMU" ? AudioCodec.Pcmu : AudioCodec.G722), BaresipPhone.Caller);
    }

    // baresip 1.0 offers Opus with events of the clock of others only, and sends them all the same.
    [Fact]
    public async Task A_key_of_another_clock_ends_a_message_too()
    {
        Installation.MustHaveOpus();
        var says = Fixtures.Between(Installation.BeforeSpeaking, AudioClip.Join(_speech, _speech, _speech, _speech, _speech, _speech), Pause);
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, "opus", says);
        await phone.CallAsync(_installation, SipCarrier.Udp);
        await Task.Delay(Installation.BeforeSpeaking + _speech.Duration);
        await phone.PressAsync('#');
        Assert.NotEqual("end of file", await phone.EndOfCallAsync());
        Assert.Equal("voice-ca", (await _installation.OnlyMessageAsync()).ContentClass);
    }

    [Fact]
    public async Task Whoever_hangs_up_in_the_greeting_leaves_a_notice()
    {
        await using var phone = await BaresipPhone.StartAsync(_installation.Folder, "PCMU", _speech);
        await phone.CallAsync(_installation, SipCarrier.Udp);
        await phone.HangUpAsync();
        await phone.EndOfCallAsync();
        (await _installation.OnlyMessageAsync()).MustBeMissedCall(BaresipPhone.Caller);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();
}
