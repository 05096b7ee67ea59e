using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>sipp with keys in its offers, and a message that only who has the key can read.</summary>
[Requires("sipp", package: "sip-tester")]
public sealed class SippSrtpTests
{
    [Theory]
    [InlineData("RTP/SAVP", "AES_CM_128_HMAC_SHA1_80", SrtpPolicy.Required)]
    [InlineData("RTP/SAVP", "AES_CM_128_HMAC_SHA1_32", SrtpPolicy.BestEffort)]
    [InlineData("RTP/AVP", "AEAD_AES_256_GCM", SrtpPolicy.BestEffort)]
    public async Task What_is_said_is_in_the_message(string protocol, string name, SrtpPolicy policy)
    {
        await using var installation = await StartAsync(policy);
        var speech = await Fixtures.ReadAsync("message-short.wav");
        Assert.True(SrtpSuite.TryFind(name, out var suite));
        var key = SrtpKey.Generate(suite);
        var line = $"a={new CryptoAttribute(1, key).Write()}";
        var capture = Path.Combine(installation.Folder, "speech.pcap");
        await File.WriteAllBytesAsync(capture, RtpCapture.Of(speech, AudioCodec.Pcmu, 0, key));
        // Hold and resume with the same key: the packets that follow must be read with the state that they had.
        var scenario = new SippScenario().Invite(SippScenario.SecureSdp(protocol, line)).ExpectAnswer().Ack()
            .InviteAgain(2, SippScenario.SecureSdp(protocol, line, version: 2)).ExpectAnswer().Ack(cseq: 2)
            .Pause(Installation.BeforeSpeaking).PlayCapture(capture).Pause(speech.Duration + TimeSpan.FromSeconds(0.3)).Bye(3).Expect(200);
        var messages = await SippPhone.CallAsync(installation, scenario);
        Assert.Contains($"a=crypto:1 {name} inline:", messages[messages.IndexOf("SIP/2.0 200", StringComparison.Ordinal)..], StringComparison.Ordinal);
        (await installation.OnlyMessageAsync()).MustBeVoiceMail(speech.Through(AudioCodec.Pcmu), SippScenario.Caller);
    }

    [Theory]
    [InlineData("RTP/AVP", "a=sendrecv", SrtpPolicy.Required)]
    [InlineData("RTP/SAVP", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR", SrtpPolicy.BestEffort)]
    [InlineData("RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR", SrtpPolicy.Off)]
    public async Task Who_can_not_agree_is_refused(string protocol, string line, SrtpPolicy policy)
    {
        await using var installation = await StartAsync(policy);
        var scenario = new SippScenario().Invite(SippScenario.SecureSdp(protocol, line)).Expect(100, optional: true).Expect(488).AckRefusal();
        await SippPhone.CallAsync(installation, scenario);
    }

    private static Task<Installation> StartAsync(SrtpPolicy policy) =>
        Installation.StartAsync(change: options => options with { Media = new MediaSection { Srtp = policy } });
}
