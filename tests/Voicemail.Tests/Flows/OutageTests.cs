using UnifiedMsg.Accounts;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>The database is away when somebody calls, or when the spool is worked off at the start.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Who_calls_a_person_that_was_there_before_leaves_a_message_which_is_delivered_when_the_database_is_back()
    {
        var outages = new Outages();
        await using var rig = await VoicemailRig.StartAsync(outages: outages);
        rig.Submission.Refuses = _ => true; // it is away for that as well
        outages.Hit = _ => true;
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.Call.HangUpAsync();
        Assert.NotEmpty(Directory.GetFiles(rig.SpoolFolder, "*.json"));
        outages.Hit = _ => false;
        rig.Submission.Refuses = _ => false;
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    [Fact]
    public async Task Whether_there_is_somebody_else_can_not_be_said()
    {
        var outages = new Outages();
        await using var rig = await VoicemailRig.StartAsync(outages: outages);
        await rig.Data.Accounts.AddAsync(new NewAccount("bob@example.test", "Bob", "1002"));
        outages.Hit = _ => true;
        await using var phone = new SoftPhone(
            NameAddress.Parse("<sip:1003@example.test>"), System.Net.IPAddress.Loopback, Sip.SipTransportKind.Udp,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System);
        await phone.StartAsync(CancellationToken.None);
        var target = SipUri.Create("1002", "127.0.0.1", rig.Uri.Port, null);
        Assert.Equal(503, (await Assert.ThrowsAsync<CallRefusedException>(() => phone.CallAsync(target))).Status);
        outages.Hit = _ => false;
        await using var call = await phone.CallAsync(target);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_a_crash_left_in_the_spool_is_delivered_once_although_nobody_can_say_at_the_start_whether_it_was(bool was)
    {
        var outages = new Outages();
        await using var rig = await VoicemailRig.StartAsync(outages: outages, start: false);
        var spool = new CallSpool(rig.SpoolFolder);
        spool.Enter(new SpooledCall("01", "01@host", rig.Alice.Id, rig.Alice.Address, "2000", "", "1001", DateTimeOffset.UnixEpoch, true));
        await WavFile.WriteAsync(spool.AudioPath("01"), VoicemailRig.Words, CancellationToken.None);
        if (was)
        {
            var delivered = new DeliveredCalls(rig.Data.Database, "main");
            await rig.Data.Database.WriteAsync(async session => { await delivered.MarkAsync(session, "01"); return 0; });
        }
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        outages.Hit = method =>
        {
            if (method.Name != "ReadAsync") return false;
            asked.TrySetResult();
            return true;
        };
        await rig.Service.StartAsync(CancellationToken.None);
        await asked.Task.WaitAsync(VoicemailRig.Guard);
        outages.Hit = _ => false;
        if (!was) await rig.InboxAsync(1);
        await rig.Service.StopAsync(VoicemailRig.Guard);
        Assert.Equal(was ? 0 : 1, (await rig.InboxAsync()).Count);
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }
}
