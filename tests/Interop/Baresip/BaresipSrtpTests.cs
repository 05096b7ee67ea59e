using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Baresip;

/// <summary>
/// baresip, whose SRTP is that of libre: with keys in the signalling (its word for required is <c>srtp-mand</c>), or by a handshake of OpenSSL,
/// from another address than the one that its description names.
/// </summary>
[Requires("baresip", package: "baresip-core")]
public sealed class BaresipSrtpTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(SipCarrier.Udp, "srtp", SrtpPolicy.BestEffort)]
    [InlineData(SipCarrier.Udp, "srtp", SrtpPolicy.Required)]
    [InlineData(SipCarrier.Udp, "srtp-mand", SrtpPolicy.BestEffort)]
    [InlineData(SipCarrier.Tls, "srtp-mand", SrtpPolicy.Required)]
    [InlineData(SipCarrier.Udp, "dtls_srtp", SrtpPolicy.Required)]
    public async Task What_is_said_is_in_the_message(SipCarrier carrier, string encryption, SrtpPolicy policy)
    {
        await using var installation = await Installation.StartAsync(change: options => options with { Media = new MediaSection { Srtp = policy } });
        var speech = await Fixtures.ReadAsync("message-short.wav");
        var says = Fixtures.Between(Installation.BeforeSpeaking, speech, Pause);
        await using var phone = await BaresipPhone.StartAsync(installation.Folder, "PCMU", says, installation.Certificate, encryption);
        await phone.CallAsync(installation, carrier);
        await phone.EndOfCallAsync();
        var message = await installation.OnlyMessageAsync();
        message.MustBeVoiceMail(speech.Through(AudioCodec.Pcmu), BaresipPhone.Caller);
        Assert.Contains(encryption == "dtls_srtp" ? "DTLS-SRTP complete" : "SRTP is Enabled", phone.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null, SrtpPolicy.Required)]
    [InlineData("srtp-mand", SrtpPolicy.Off)]
    public async Task Who_can_not_agree_is_refused(string? encryption, SrtpPolicy policy)
    {
        await using var installation = await Installation.StartAsync(change: options => options with { Media = new MediaSection { Srtp = policy } });
        await using var phone = await BaresipPhone.StartAsync(
            installation.Folder, "PCMU", await Fixtures.ReadAsync("message-short.wav"), encryption: encryption);
        await phone.DialAsync(installation, SipCarrier.Udp);
        Assert.StartsWith("488", await phone.EndOfCallAsync(), StringComparison.Ordinal);
    }
}
