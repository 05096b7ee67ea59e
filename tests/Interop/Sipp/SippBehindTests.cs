using System.Text.RegularExpressions;
using UnifiedMsg.Interop.Baresip;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>The machine can't follow: new calls are refused, the one under way is kept whole, and afterwards all is as before.</summary>
[Requires("sipp", package: "sip-tester")]
[Requires("baresip", package: "baresip-core")]
[Collection(nameof(SippOverloadTests))]
public sealed class SippBehindTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task New_calls_get_503_while_the_work_is_behind_and_a_message_under_way_is_whole()
    {
        var sip = new SipSection();
        await using var installation = await Installation.StartAsync(sip: sip with { Guard = sip.Guard with { QueueDelay = Bound } });
        var speech = await Fixtures.ReadAsync("message-short.wav");
        var said = AudioClip.Join(speech, speech, speech);
        var folder = Directory.CreateDirectory(Path.Combine(installation.Folder, "baresip")).FullName;
        await using var phone = await BaresipPhone.StartAsync(
            folder, "PCMU", Fixtures.Between(Installation.BeforeSpeaking, said, TimeSpan.FromSeconds(1)));
        await phone.CallAsync(installation, SipCarrier.Udp);

        // To bob, for whose mailbox these calls are.
        string messages;
        await using (var busy = new BusyPool(4 * Bound))
        {
            await busy.Behind.WaitAsync(Installation.Guard);
            messages = await SippPhone.CallAsync(installation, SippScenario.AcceptedOrRefused(), extension: "1002", calls: 200);
        }
        // RFC 3261 §21.5.4: a refused caller learns when to try again.
        Assert.Matches(@"(?m)^SIP/2.0 503 (?:[^\n]+\n)+?Retry-After: \d+\r?$", messages);
        Assert.DoesNotMatch(@"(?m)^SIP/2.0 503 (?:(?!Retry-After)[^\n\r]+\r?\n)+\r?$", messages);

        await phone.EndOfCallAsync();
        (await installation.OnlyMessageAsync()).MustBeVoiceMail(said.Through(AudioCodec.Pcmu), BaresipPhone.Caller);
        var after = await SippPhone.CallAsync(installation, new SippScenario().Invite(SippScenario.Sdp()).ExpectAnswer().Ack().Bye().Expect(200), extension: "1002");
        Assert.Equal(0, Regex.Count(after, "(?m)^SIP/2.0 503"));
    }
}
