using UnifiedMsg.Media.Wav;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>What becomes of messages when the server stops, the disk fails, or the mailbox goes.</summary>
public sealed class TroubleTests
{
    [Fact]
    public async Task A_stop_lets_the_call_end_and_delivers_its_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.RecordingAsync();
        var stopping = rig.Service.StopAsync(VoicemailRig.Guard);
        await caller.SpeakAsync();
        Assert.False(stopping.IsCompleted);
        await caller.Call.HangUpAsync();
        await stopping;
        Assert.Equal(ItemKind.VoiceMail, Assert.Single(await rig.InboxAsync()).Kind);
    }

    [Fact]
    public async Task A_stop_that_can_not_wait_hangs_up_and_delivers_what_was_said()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await rig.Service.StopAsync(TimeSpan.Zero);
        Assert.Equal(ItemKind.VoiceMail, Assert.Single(await rig.InboxAsync()).Kind);
        await caller.EndAsync();
    }

    [Fact]
    public async Task To_a_full_mailbox_nobody_speaks_and_a_notice_is_left()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await rig.Data.Store.SetQuotaAsync(rig.Alice.Id, new QuotaLimits(MaxItems: 0));
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.EndAsync();
        Assert.False(caller.Tone.IsCompleted);
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    [Fact]
    public async Task What_was_recorded_is_delivered_to_a_mailbox_that_became_full_meanwhile()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await rig.Data.Store.SetQuotaAsync(rig.Alice.Id, new QuotaLimits(MaxItems: 0));
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task A_call_that_comes_to_no_recording_because_of_the_disk_leaves_a_notice()
    {
        await using var rig = await VoicemailRig.StartAsync();
        Directory.Delete(rig.SpoolFolder);
        await File.WriteAllTextAsync(rig.SpoolFolder, "in the way");
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.EndAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
        File.Delete(rig.SpoolFolder);
    }

    [Fact]
    public async Task A_message_for_an_account_that_went_during_the_call_is_set_aside()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await rig.Data.Accounts.RemoveAsync(rig.Alice.Id);
        await caller.Call.HangUpAsync();
        await rig.Service.StopAsync(VoicemailRig.Guard);
        var aside = Directory.GetFiles(Path.Combine(rig.SpoolFolder, "undeliverable")).Select(Path.GetExtension);
        Assert.Equal([".json", ".wav"], aside.Order());
    }

    [Fact]
    public async Task A_message_that_is_refused_for_the_moment_is_tried_again()
    {
        await using var rig = await VoicemailRig.StartAsync();
        rig.Submission.Refuses = _ => !rig.Submission.Refused.Task.IsCompleted;
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.Call.HangUpAsync();
        await rig.Submission.Refused.Task.WaitAsync(VoicemailRig.Guard);
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task A_stop_ends_also_while_a_message_can_not_be_delivered_and_the_next_start_delivers_it()
    {
        await using var rig = await VoicemailRig.StartAsync(change: options => options with { DeliveryDrain = TimeSpan.FromSeconds(0.2) });
        rig.Submission.Refuses = _ => true;
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.Call.HangUpAsync();
        await rig.Submission.Refused.Task.WaitAsync(VoicemailRig.Guard);
        await rig.Service.StopAsync(VoicemailRig.Guard);
        Assert.Empty(await rig.InboxAsync());

        rig.Submission.Refuses = _ => false;
        await rig.StartAgainAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    // What a power cut may still bring back must find its mark.
    [Fact]
    public async Task Of_a_spool_whose_names_can_not_be_made_durable_no_mark_is_forgotten()
    {
        if (!OperatingSystem.IsLinux()) return;
        // A folder that the system does not sync, as proc(5) has them.
        await using var rig = await VoicemailRig.StartAsync(change: options => options with { Spool = "/proc/self/fdinfo" }, start: false);
        var delivered = new DeliveredCalls(rig.Data.Database, "main");
        await rig.Data.Database.WriteAsync(async session => { await delivered.MarkAsync(session, "01"); return 0; });
        await Assert.ThrowsAsync<IOException>(() => rig.Service.StartAsync(CancellationToken.None));
        Assert.True(await delivered.ContainsAsync("01", CancellationToken.None));
    }

    [Fact]
    public async Task After_a_crash_one_call_that_can_not_be_delivered_holds_up_no_other()
    {
        await using var rig = await VoicemailRig.StartAsync(
            change: options => options with { DeliveryDrain = TimeSpan.FromSeconds(0.2) }, start: false);
        var spool = new CallSpool(rig.SpoolFolder);
        string[] ids = ["01", "02", "03"];
        foreach (var id in ids)
        {
            spool.Enter(new SpooledCall(id, $"{id}@host", rig.Alice.Id, rig.Alice.Address, "2000", "", "1001", DateTimeOffset.UnixEpoch, true));
            await WavFile.WriteAsync(spool.AudioPath(id), VoicemailRig.Words, CancellationToken.None);
        }

        // The first can't be read, the second not be delivered.
        await using (File.Open(spool.AudioPath("01"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            rig.Submission.Refuses = _ => !rig.Submission.Refused.Task.IsCompleted;
            await rig.Service.StartAsync(CancellationToken.None);
            await rig.InboxAsync(2);
        }

        await rig.StartAgainAsync();
        await rig.InboxAsync(3);
        await rig.Service.StopAsync(VoicemailRig.Guard);
        Assert.Equal(3, (await rig.InboxAsync()).Count);
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    [Fact]
    public async Task Messages_that_were_said_at_once_all_arrive_once()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => LeaveAsync(rig)));
        await rig.InboxAsync(20);
        await rig.Service.StopAsync(VoicemailRig.Guard);
        var items = await rig.InboxAsync();
        Assert.Equal(20, items.Count);
        Assert.All(items, item => Assert.Equal(ItemKind.VoiceMail, item.Kind));
    }

    private static async Task LeaveAsync(VoicemailRig rig)
    {
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.Call.HangUpAsync();
    }
}
