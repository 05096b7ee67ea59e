using System.Threading.Channels;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Calls of ours before their answer: forks, early media, PRACK (RFC 3261 §13.2.2, RFC 3262 §4), to phones that the test plays.</summary>
public sealed class EarlyCallTests : IAsyncLifetime
{
    private readonly Channel<ICall> _early = Channel.CreateUnbounded<ICall>();
    private Peers _peers = null!;
    private Wire _pbx = null!;

    public async ValueTask InitializeAsync()
    {
        _peers = await Peers.StartAsync();
        _pbx = new Wire(_peers.Client.Bound[0].EndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        _pbx.Dispose();
        await _peers.DisposeAsync();
    }

    [Fact]
    public async Task Each_phone_that_rings_has_its_own_early_media_and_the_one_that_answers_is_the_call()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 183, "first", Peers.Answer);
        var first = await _early.Reader.Next();
        Assert.Equal(Peers.Answer, first.RemoteSession);
        Assert.False(first.IsUp);
        await _pbx.RespondAsync(invite, 183, "second", Peers.Offer);
        var second = await _early.Reader.Next();
        Assert.Equal(Peers.Offer, second.RemoteSession);
        Assert.NotSame(first, second);
        Assert.Equal(1, _peers.Client.CallCount);

        await _pbx.RespondAsync(invite, 200, "second", Peers.Answer);
        var result = await calling.Soon();
        Assert.Same(second, result.Call);
        Assert.Equal(Peers.Answer, second.RemoteSession);
        await first.Ended.Wait();
        Assert.Equal("second", (await _pbx.RequestAsync("ACK")).To!.Tag);
        Assert.Equal(1, _peers.Client.CallCount);
        Assert.True(second.IsUp);
    }

    [Fact]
    public async Task Reliable_responses_are_acknowledged_once_and_in_order()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 183, "t", Peers.Answer, ("Require", "100rel"), ("RSeq", "100"));
        var prack = await _pbx.RequestAsync("PRACK");
        Assert.Equal("100 1 INVITE", prack.Headers["RAck"]);
        Assert.Equal("t", prack.To!.Tag);
        Assert.Equal($"sip:t@127.0.0.1:{_pbx.Port}", prack.Uri.ToString());
        await _pbx.RespondAsync(prack, 200);
        // One that comes again, and one that came before its turn.
        await _pbx.RespondAsync(invite, 183, "t", Peers.Answer, ("Require", "100rel"), ("RSeq", "100"));
        await _pbx.RespondAsync(invite, 180, "t", null, ("Require", "100rel"), ("RSeq", "102"));
        await _pbx.RespondAsync(invite, 180, "t", null, ("Require", "100rel"), ("RSeq", "101"));
        prack = await _pbx.RequestAsync("PRACK");
        Assert.Equal(("101 1 INVITE", 3u), (prack.Headers["RAck"], prack.CSeq!.Value.Number));
        await _pbx.RespondAsync(prack, 200);

        // RFC 3261 §13.2.1: the answer was given; what the 200 says of the session does not count.
        await _pbx.RespondAsync(invite, 200, "t", Peers.Offer);
        var call = (await calling.Soon()).Call!;
        Assert.Equal(Peers.Answer, call.RemoteSession);
        var hangUp = call.HangUpAsync();
        var bye = await _pbx.RequestAsync("BYE");
        Assert.Equal(4u, bye.CSeq!.Value.Number);
        await _pbx.RespondAsync(bye, 200);
        await hangUp.Soon();
    }

    [Fact]
    public async Task An_offer_in_a_reliable_response_is_answered_in_the_PRACK()
    {
        var (calling, invite) = await PlaceAsync(o => o with
        {
            Offer = null,
            LateOffer = (offer, _) => new ValueTask<string?>(offer == Peers.Offer ? Peers.Answer : null),
        });
        await _pbx.RespondAsync(invite, 183, "t", Peers.Offer, ("Require", "100rel"), ("RSeq", "1"));
        var prack = await _pbx.RequestAsync("PRACK");
        Assert.Equal(Peers.Answer, prack.BodyText);
        await _pbx.RespondAsync(prack, 200);
        await _pbx.RespondAsync(invite, 200, "t");
        Assert.Null((await _pbx.RequestAsync("ACK")).BodyText);
        Assert.Equal(Peers.Offer, (await calling.Soon()).Call!.RemoteSession);
    }

    [Fact]
    public async Task An_offer_in_a_reliable_response_that_can_not_be_answered_ends_the_call()
    {
        var (calling, invite) = await PlaceAsync(o => o with { Offer = null, LateOffer = (_, _) => new((string?)null) });
        await _pbx.RespondAsync(invite, 183, "t", Peers.Offer, ("Require", "100rel"), ("RSeq", "1"));
        await _pbx.RespondAsync(await _pbx.RequestAsync("PRACK"), 200);
        await _pbx.RespondAsync(await _pbx.RequestAsync("CANCEL"), 200);
        await _pbx.RespondAsync(invite, 487, "t");
        Assert.Equal(487, (await calling.Soon()).Response.Status);
        Assert.Equal(0, _peers.Client.CallCount);
    }

    [Fact]
    public async Task Requests_within_an_early_dialog_are_served()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 183, "t", Peers.Answer);
        var early = await _early.Reader.Next();
        early.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Offer);
        Assert.Equal(200, await WithinAsync(invite, "OPTIONS", 1));
        // RFC 3311 §5.2: our offer has no answer yet, since what is not reliable does not count.
        Assert.Equal(491, await WithinAsync(invite, "UPDATE", 2, Peers.Answer));
        Assert.Equal(491, await WithinAsync(invite, "INVITE", 3, Peers.Answer));
        Assert.Equal(481, await WithinAsync(invite, "BYE", 4));
        await _pbx.RespondAsync(invite, 183, "t", Peers.Answer, ("Require", "100rel"), ("RSeq", "7"));
        await _pbx.RespondAsync(await _pbx.RequestAsync("PRACK"), 200);
        Assert.Equal(200, await WithinAsync(invite, "UPDATE", 5, Peers.Answer + "a=sendonly\r\n"));
        Assert.EndsWith("a=sendonly\r\n", early.RemoteSession);
        await _pbx.RespondAsync(invite, 200, "t");
        Assert.EndsWith("a=sendonly\r\n", (await calling.Soon()).Call!.RemoteSession);
    }

    [Fact]
    public async Task A_refusal_ends_every_early_dialog()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 180, "t");
        var early = await _early.Reader.Next();
        await _pbx.RespondAsync(invite, 486, "t");
        var result = await calling.Soon();
        Assert.Null(result.Call);
        Assert.Equal(486, result.Response.Status);
        await early.Ended.Wait();
        Assert.Equal(481, await WithinAsync(invite, "OPTIONS", 1));
        Assert.Equal(0, _peers.Client.CallCount);
    }

    [Fact]
    public async Task One_phone_that_rings_is_given_up_with_BYE_and_an_answer_that_crosses_it_is_hung_up()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 180, "t");
        var hangUp = (await _early.Reader.Next()).HangUpAsync();
        var bye = await _pbx.RequestAsync("BYE");
        await _pbx.RespondAsync(invite, 200, "t", Peers.Answer);
        await _pbx.RespondAsync(bye, 200);
        await hangUp.Soon();
        Assert.False((await calling.Soon()).Call!.IsUp);
        Assert.Equal("t", (await _pbx.RequestAsync("ACK")).To!.Tag);
        Assert.Equal(0, _peers.Client.CallCount);
    }

    [Fact]
    public async Task The_route_of_the_2xx_is_the_one_that_counts()
    {
        var (calling, invite) = await PlaceAsync();
        await _pbx.RespondAsync(invite, 180, "t", null, ("Record-Route", $"<sip:127.0.0.1:{_pbx.Port};lr;early>"));
        await _early.Reader.Next();
        await _pbx.RespondAsync(invite, 200, "t", Peers.Answer, ("Record-Route", $"<sip:127.0.0.1:{_pbx.Port};lr;up>"));
        await calling.Soon();
        Assert.Contains(";up>", (await _pbx.RequestAsync("ACK")).Headers["Route"]);
    }

    [Fact]
    public async Task A_call_that_is_given_up_says_why()
    {
        using var patience = new CancellationTokenSource();
        var (calling, invite) = await PlaceAsync(o => o with { CancelReason = new ReasonHeader("SIP", 200, "Call completed elsewhere") }, patience.Token);
        await _pbx.RespondAsync(invite, 180, "t");
        await _early.Reader.Next();
        await patience.CancelAsync();
        var cancel = await _pbx.RequestAsync("CANCEL");
        Assert.True(Assert.Single(ReasonHeader.Of(cancel)).IsAnsweredElsewhere);
        await _pbx.RespondAsync(cancel, 200);
        await _pbx.RespondAsync(invite, 487, "t");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling.Soon());
    }

    private async Task<(Task<OutgoingCallResult> Calling, SipRequest Invite)> PlaceAsync(
        Func<OutgoingCallRequest, OutgoingCallRequest>? change = null, CancellationToken cancellationToken = default)
    {
        var order = _peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", _pbx.Port), OnEarly = c => _early.Writer.TryWrite(c) };
        var calling = _peers.Client.CallAsync((change ?? (o => o))(order), cancellationToken);
        return (calling, await _pbx.RequestAsync("INVITE"));
    }

    private async Task<int> WithinAsync(SipRequest invite, string method, uint cseq, string? session = null)
    {
        await _pbx.SendWithinAsync(invite, method, cseq, "t", session);
        return (await _pbx.ResponseToAsync(method)).Status;
    }
}
