using UnifiedMsg.Media.Audio;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Store;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>Whole calls: what is in the mailbox after the caller did this or that.</summary>
public sealed class LeaveMessageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_speaks_and_hangs_up_leaves_a_message(bool lateOffer)
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig, lateOffer);
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    [Fact]
    public async Task A_key_by_INFO_ends_the_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.PressByInfoAsync('#');
        await rig.InboxAsync(1);
        Assert.Null(caller.Call.EndReason);
        await caller.EndAsync();
        Assert.Equal(CallEndReason.RemoteHangUp, caller.Call.EndReason);
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_skips_the_greeting(bool byInfo)
    {
        await using var rig = await VoicemailRig.StartAsync(greeting: AudioClip.Silence(TimeSpan.FromMinutes(5)));
        await using var caller = await Caller.ConnectAsync(rig);
        if (byInfo) await caller.PressByInfoAsync('#');
        else await caller.Audio.PressAsync("#", CancellationToken.None);
        await caller.Tone;
    }

    [Fact]
    public async Task Who_presses_the_key_at_once_has_left_no_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.RecordingAsync();
        await caller.PressByInfoAsync('#');
        await caller.EndAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task Who_gives_up_while_it_rings_has_missed_us()
    {
        await using var rig = await VoicemailRig.StartAsync("ring: 60s");
        await using var caller = await Caller.ReadyAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller.DialAsync(rig, false, null, patience.Token));
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task Who_hangs_up_in_the_greeting_has_left_no_message()
    {
        await using var rig = await VoicemailRig.StartAsync(greeting: AudioClip.Silence(TimeSpan.FromMinutes(5)));
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task Who_hangs_up_in_the_tone_has_left_no_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.Tone;
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
        Assert.Empty(Directory.GetFileSystemEntries(rig.SpoolFolder));
    }

    [Fact]
    public async Task Who_hangs_up_after_a_moment_has_left_no_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ConnectAsync(rig);
        await caller.RecordingAsync();
        await caller.SpeakAsync(AudioClip.Silence(TimeSpan.FromSeconds(0.1)));
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task Who_hangs_up_in_the_goodbye_has_left_one_message()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.PressByInfoAsync('#');
        await rig.InboxAsync(1);
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task A_message_goes_on_after_a_hold()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.SpokenAsync(rig);
        await caller.ReInviteAsync("inactive");
        await caller.ReInviteAsync("sendrecv");
        await caller.SpeakAsync();
        await caller.Call.HangUpAsync();
        Assert.Equal(ItemKind.VoiceMail, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task Who_takes_no_audio_does_not_keep_the_call_for_ever()
    {
        await using var rig = await VoicemailRig.StartAsync(change: options => options with { LongestHold = TimeSpan.FromSeconds(0.3) });
        await using var caller = await Caller.ConnectAsync(rig, direction: "inactive");
        await caller.EndAsync();
        Assert.Equal(CallEndReason.RemoteHangUp, caller.Call.EndReason);
        Assert.Equal(ItemKind.MissedCall, await rig.OnlyItemAsync());
    }

    [Fact]
    public async Task An_offer_without_usable_audio_is_refused_and_costs_no_call()
    {
        await using var rig = await VoicemailRig.StartAsync();
        await using var caller = await Caller.ReadyAsync();
        var result = await caller.DialAsync(rig, caller.Negotiation.Offer().Replace("RTP/AVP", "RTP/SAVP", StringComparison.Ordinal));
        Assert.Equal(488, result.Response.Status);
        await rig.Service.StopAsync(VoicemailRig.Guard);
        Assert.Empty(await rig.InboxAsync());
    }
}
