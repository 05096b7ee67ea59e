using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>sipp with an offer of Opus alone.</summary>
[Requires("sipp", package: "sip-tester")]
public sealed class SippOpusTests
{
    [Fact]
    public async Task What_is_said_is_in_the_message()
    {
        Installation.MustHaveOpus();
        await using var installation = await Installation.StartAsync();
        var speech = await Fixtures.ReadAsync("message-short.wav");
        var capture = Path.Combine(installation.Folder, "speech.pcap");
        await File.WriteAllBytesAsync(capture, RtpCapture.Of(speech, AudioCodec.Opus!, 96));
        var scenario = new SippScenario().Invite(SippScenario.OpusSdp()).ExpectAnswer().Ack()
            .Pause(Installation.BeforeSpeaking).PlayCapture(capture).Pause(speech.Duration + TimeSpan.FromSeconds(0.3)).Bye(2).Expect(200);
        var messages = await SippPhone.CallAsync(installation, scenario);
        Assert.Contains("a=rtpmap:96 opus/48000/2", messages[messages.IndexOf("SIP/2.0 200", StringComparison.Ordinal)..], StringComparison.Ordinal);
        // What Opus leaves of a voice sounds the same and is drawn anew, so that it is less like it by number.
        (await installation.OnlyMessageAsync()).MustBeVoiceMail(speech.Through(AudioCodec.Opus!), SippScenario.Caller, likeness: 0.85);
    }
}
