using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.Messages;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>What becomes of the calls of fax machines (ITU-T T.30: 1100 Hz, half a second each 3.5 s).</summary>
public sealed class FaxTests
{
    private static AudioClip Machine => AudioClip.Join(
        Tones.Tone(0.5, 0.2, 1100), AudioClip.Silence(TimeSpan.FromSeconds(3)), Tones.Tone(0.5, 0.2, 1100), AudioClip.Silence(TimeSpan.FromSeconds(3)));

    [Fact]
    public async Task A_fax_machine_leaves_a_notice_that_says_so_and_is_hung_up_on()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.RecordingAsync();
        await Task.WhenAny(caller.SpeakAsync(Machine), caller.EndAsync());
        await caller.EndAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
        Assert.Equal("Missed fax call from Bob (2000)", await SubjectAsync(rig));
    }

    [Fact]
    public async Task Words_before_a_fax_machine_are_a_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.SpeakAsync();
        await Task.WhenAny(caller.SpeakAsync(Machine), caller.EndAsync());
        await caller.EndAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task A_crash_does_not_make_a_message_of_a_fax_machine()
    {
        await using var rig = await VoicemailRig.StartAsync(start: false);
        var spool = new CallSpool(rig.SpoolFolder);
        spool.Enter(new SpooledCall("01", "01@host", rig.Alice.Id, rig.Alice.Address, "2000", "", "1001", DateTimeOffset.UnixEpoch, true));
        await WavFile.WriteAsync(spool.AudioPath("01"), Machine, CancellationToken.None);
        var (recording, fax) = await SpooledRecording.RecoverAsync(spool.AudioPath("01"), CancellationToken.None);
        Assert.Equal((null, true), (recording, fax));
        await rig.Service.StartAsync(CancellationToken.None);
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
        Assert.Equal("Missed fax call from 2000", await SubjectAsync(rig));
    }

    private static async Task<string?> SubjectAsync(VoicemailRig rig)
    {
        var item = Assert.Single(await rig.InboxAsync());
        await using var content = await rig.Data.Store.OpenContentAsync(item.Id);
        return (await MimeMessage.LoadAsync(content!)).Subject;
    }
}
