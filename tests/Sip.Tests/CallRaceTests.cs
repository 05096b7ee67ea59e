using System.Collections;
using System.Net;
using System.Threading.Channels;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What crosses on its way: CANCEL, answer, ACK, BYE and offers, and calls whose way is gone. Nothing of them may be left.</summary>
public sealed class CallRaceTests : IAsyncLifetime
{
    private readonly Channel<ICall> _early = Channel.CreateUnbounded<ICall>();
    private Peers _peers = null!;
    private Wire _caller = null!;
    private Wire _called = null!;

    public async ValueTask InitializeAsync()
    {
        _peers = await Peers.StartAsync();
        _caller = new Wire(_peers.ServerEndPoint);
        _called = new Wire(_peers.Client.Bound[0].EndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        _called.Dispose();
        await _peers.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_whose_connection_is_gone_leaves_no_call_behind(bool answers)
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp);
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource();
        peers.Application.Serve = async (call, _) =>
        {
            await gone.Task.Soon();
            // The first one finds the connection closed, what follows finds the transaction gone.
            while (peers.Server.TransactionCount > 0)
            {
                await call.RingAsync();
                await Task.Yield();
            }
            if (answers)
                Assert.False(await call.AnswerAsync(Peers.Answer));
            else
                await call.RejectAsync(486);
            ended.SetResult(call.Ended.IsCancellationRequested);
        };
        using (var peer = await StreamPeer.ConnectAsync(peers.ServerEndPoint))
        {
            await peer.SendAsync(StreamPeer.Request("INVITE", body: Peers.Offer));
            await peers.Application.Calls.Reader.Next();
        }
        gone.SetResult();
        Assert.True(await ended.Task.Soon());
        Assert.Equal(0, peers.Server.CallCount);
    }

    [Fact]
    public async Task A_CANCEL_that_comes_while_the_call_is_made_leaves_no_call_behind()
    {
        var looks = new Looks();
        await using var peers = await Peers.StartAsync(server: o => o with
        {
            TrustedPeers = looks,
            Authentication = new SipAuthentication { Realm = Passwords.Realm, Credentials = new Passwords(), Methods = [SipMethods.Invite] },
        });
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", "c1", branch: "z9hG4bKfirst"));
        var invite = new SipRequest("INVITE", SipUri.Parse("sip:bob@127.0.0.1"));
        Assert.True(new DigestClient(Passwords.Alice).TryAuthorize(invite, await wire.ResponseToAsync("INVITE")));
        looks.Count = 0;
        // The first look is for who needs a password, on the thread that receives; at the second one the call is made.
        looks.AtSecond = async () =>
        {
            await wire.SendAsync(wire.Request("CANCEL", "c1", 2, branch: "z9hG4bKsecond"));
            Assert.Equal(200, (await wire.ResponseToAsync("CANCEL")).Status);
        };
        await wire.SendAsync(wire.Request("INVITE", "c1", 2, branch: "z9hG4bKsecond", headers: $"Authorization: {invite.Headers["Authorization"]}\r\n"));
        await looks.Done.Task.Soon();
        Assert.Equal(487, (await CancelledAsync(wire)).Status);
        await peers.Server.StopAsync(TimeSpan.FromSeconds(30)).Soon();
        Assert.Equal(0, peers.Server.CallCount);
    }

    [Fact]
    public async Task Who_waits_no_longer_for_the_end_has_the_BYE_sent_all_the_same()
    {
        var (call, answer) = await AnswerAsync();
        using var patience = new CancellationTokenSource();
        var hangingUp = call.HangUpAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hangingUp.Soon());
        await _caller.SendAsync(_caller.Request("ACK", to: answer.Headers["To"]!));
        await _caller.RespondAsync(await _caller.RequestAsync("BYE"), 200);
    }

    // RFC 3261 §15: before the ACK the caller may not know of the call, and would not understand its end.
    [Fact]
    public async Task A_call_that_is_lost_before_its_ACK_is_ended_after_it()
    {
        var (call, answer) = await AnswerAsync();
        var asking = call.SendAsync("INFO");
        await _caller.RespondAsync(await _caller.RequestAsync("INFO"), 481);
        Assert.Equal(481, (await asking.Soon()).Status);
        Assert.False(call.IsUp);
        // The answer comes again, and no BYE before it; on a busy machine the INFO may, too.
        SipMessage next;
        while ((next = await _caller.ReceiveAsync()) is SipRequest { Method: "INFO" })
        {
        }
        Assert.Equal(200, Assert.IsType<SipResponse>(next).Status);
        await _caller.SendAsync(_caller.Request("ACK", to: answer.Headers["To"]!));
        await _caller.RespondAsync(await _caller.RequestAsync("BYE"), 200);
        await call.Ended.Wait();
        Assert.Equal(CallEndReason.Failed, call.EndReason);
    }

    [Fact]
    public async Task A_BYE_that_was_overtaken_is_said_again()
    {
        var (call, _) = await ConnectAsync();
        var hangingUp = call.HangUpAsync();
        var bye = await _caller.RequestAsync("BYE");
        await _caller.RespondAsync(bye, 500);
        SipRequest again;
        do
            again = await _caller.RequestAsync("BYE");
        while (again.CSeq == bye.CSeq);
        await _caller.RespondAsync(again, 200);
        await hangingUp.Soon();
    }

    [Fact]
    public async Task No_INVITE_of_ours_goes_out_before_the_one_of_the_other_side_is_acknowledged()
    {
        var (call, answer) = await AnswerAsync();
        var offering = call.ReInviteAsync(SipBody.Sdp(Peers.Offer));
        // Three answers more, and no INVITE between them.
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, Assert.IsType<SipResponse>(await _caller.ReceiveAsync()).Status);
        await _caller.SendAsync(_caller.Request("ACK", to: answer.Headers["To"]!));
        await call.Acknowledged.Soon();
        await _caller.RespondAsync(await _caller.RequestAsync("INVITE"), 200, session: Peers.Answer);
        await _caller.RequestAsync("ACK");
        Assert.Equal(200, (await offering.Soon()).Status);
    }

    [Fact]
    public async Task An_INVITE_within_a_call_ends_with_the_call_when_nobody_answers_it_for_good()
    {
        var (call, _) = await ConnectAsync();
        var offering = call.ReInviteAsync(SipBody.Sdp(Peers.Offer));
        var invite = await _caller.RequestAsync("INVITE");
        // Nobody acknowledges provisional responses to it, so it does not invite to send them reliably.
        Assert.DoesNotContain("100rel", invite.Headers["Supported"]);
        await _caller.RespondAsync(invite, 100);
        await _caller.SendAsync(_caller.Request("BYE", cseq: 2, to: $"<sip:bob@127.0.0.1>;tag={invite.From!.Tag}"));
        await _caller.RespondAsync(await _caller.RequestAsync("CANCEL"), 200);
        // 64*T1 after the CANCEL it is over.
        Assert.Equal(408, (await offering.Soon()).Status);
    }

    [Fact]
    public async Task An_offer_that_is_refused_does_not_move_the_target()
    {
        var (call, to) = await ConnectAsync();
        await _caller.SendAsync(Moved("INVITE", 2, to));
        Assert.Equal(488, (await LaterAsync(2)).Status);
        await _caller.SendAsync(_caller.Request("ACK", cseq: 2, to: to));
        await _caller.SendAsync(Moved("UPDATE", 3, to));
        Assert.Equal(488, (await _caller.ResponseToAsync("UPDATE")).Status);
        var asking = call.SendAsync("INFO");
        var info = await _caller.RequestAsync("INFO");
        Assert.Equal("alice", info.Uri.User);
        await _caller.RespondAsync(info, 200);
        await asking.Soon();
        call.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
        await _caller.SendAsync(Moved("UPDATE", 4, to));
        Assert.Equal(200, (await _caller.ResponseToAsync("UPDATE")).Status);
        asking = call.SendAsync("INFO");
        info = await _caller.RequestAsync("INFO");
        Assert.Equal("moved", info.Uri.User);
        await _caller.RespondAsync(info, 200);
        await asking.Soon();
    }

    [Fact]
    public async Task What_comes_right_behind_the_answer_belongs_to_the_call()
    {
        var (calling, invite) = await PlaceAsync();
        var answer = invite.CreateResponse(200, null, "t");
        answer.Headers.Add("Contact", $"<sip:t@127.0.0.1:{_called.Port}>");
        await _called.SendAsync(SipMessageWriter.Write(answer));
        await _called.SendWithinAsync(invite, "BYE", 1, "t");
        Assert.Equal(200, (await _called.ResponseToAsync("BYE")).Status);
        var call = (await calling.Soon()).Call!;
        await call.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, call.EndReason);
        Assert.Equal(0, _peers.Client.CallCount);
    }

    [Fact]
    public async Task Each_further_phone_that_answers_gets_one_BYE_however_often_it_answers()
    {
        var (calling, invite) = await PlaceAsync();
        await _called.RespondAsync(invite, 200, "t", Peers.Answer);
        Assert.Equal("t", (await _called.RequestAsync("ACK")).To!.Tag);
        await calling.Soon();
        await _called.RespondAsync(invite, 200, "other", Peers.Answer);
        Assert.Equal("other", (await _called.RequestAsync("ACK")).To!.Tag);
        var bye = await _called.RequestAsync("BYE");
        await _called.RespondAsync(bye, 200);
        await _called.RespondAsync(invite, 200, "other", Peers.Answer);
        Assert.Equal("other", (await _called.RequestAsync("ACK")).To!.Tag);
        var transactions = _peers.Client.TransactionCount;
        for (var i = 0; i < 100; i++)
            await _called.RespondAsync(invite, 200, $"more{i}", Peers.Answer);
        await _called.RespondAsync(invite, 200, "t", Peers.Answer);
        while ((await _called.RequestAsync("ACK")).To!.Tag != "t")
        {
        }
        Assert.InRange(_peers.Client.TransactionCount, transactions, transactions + 32);
    }

    [Fact]
    public async Task Who_did_not_know_of_the_BYE_before_his_answer_gets_another_one()
    {
        var (calling, invite) = await PlaceAsync();
        await _called.RespondAsync(invite, 180, "t");
        var hangUp = (await _early.Reader.Next()).HangUpAsync();
        await _called.RespondAsync(await _called.RequestAsync("BYE"), 481);
        await hangUp.Soon();
        await _called.RespondAsync(invite, 200, "t", Peers.Answer);
        await _called.RequestAsync("ACK");
        await _called.RespondAsync(await _called.RequestAsync("BYE"), 200);
        Assert.False((await calling.Soon()).Call!.IsUp);
    }

    [Fact]
    public async Task A_fault_over_an_early_offer_ends_the_call_only()
    {
        var (calling, invite) = await PlaceAsync(o => o with { Offer = null, LateOffer = (_, _) => throw new InvalidOperationException("audio") });
        await _called.RespondAsync(invite, 183, "t", Peers.Offer, ("Require", "100rel"), ("RSeq", "1"));
        await _called.RespondAsync(await _called.RequestAsync("PRACK"), 200);
        await _called.RespondAsync(await _called.RequestAsync("CANCEL"), 200);
        await _called.RespondAsync(invite, 487, "t");
        Assert.Equal(487, (await calling.Soon()).Response.Status);
    }

    private string Moved(string method, uint cseq, string to) =>
        _caller.Request(method, cseq: cseq, to: to, contentType: "application/sdp", body: Peers.Offer).Replace("Contact: <sip:alice@", "Contact: <sip:moved@");

    // The answers of the first INVITE may come again.
    private async Task<SipResponse> LaterAsync(uint cseq)
    {
        while (true)
        {
            if (await _caller.ResponseToAsync("INVITE") is var response && response.CSeq!.Value.Number == cseq)
                return response;
        }
    }

    private static async Task<SipResponse> CancelledAsync(Wire wire)
    {
        while (true)
        {
            if (await wire.ResponseToAsync("INVITE") is { Status: not 401 } response)
                return response;
        }
    }

    private async Task<(IIncomingCall Call, SipResponse Answer)> AnswerAsync()
    {
        await _caller.SendAsync(_caller.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        Assert.True(await call.AnswerAsync(Peers.Answer));
        return (call, await _caller.ResponseToAsync("INVITE"));
    }

    private async Task<(IIncomingCall Call, string To)> ConnectAsync()
    {
        var (call, answer) = await AnswerAsync();
        await _caller.SendAsync(_caller.Request("ACK", to: answer.Headers["To"]!));
        await call.Acknowledged.Soon();
        return (call, answer.Headers["To"]!);
    }

    private async Task<(Task<OutgoingCallResult> Calling, SipRequest Invite)> PlaceAsync(Func<OutgoingCallRequest, OutgoingCallRequest>? change = null)
    {
        var order = _peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", _called.Port), OnEarly = c => _early.Writer.TryWrite(c) };
        var calling = _peers.Client.CallAsync((change ?? (o => o))(order), default);
        return (calling, await _called.RequestAsync("INVITE"));
    }

    /// <summary>Networks of nobody; whoever looks the second time has to wait for what the test does in between.</summary>
    private sealed class Looks : IReadOnlyList<IPNetwork>
    {
        public int Count { get; set; } = -1000;

        public Func<Task>? AtSecond { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        int IReadOnlyCollection<IPNetwork>.Count => 0;

        public IPNetwork this[int index] => throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<IPNetwork> GetEnumerator()
        {
            if (++Count == 2)
            {
                AtSecond!().GetAwaiter().GetResult();
                Done.SetResult();
            }
            return Enumerable.Empty<IPNetwork>().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
