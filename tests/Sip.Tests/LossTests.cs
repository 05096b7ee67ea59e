using UnifiedMsg.Sip.Calls;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What a network loses is sent again, and what never comes ends in time.</summary>
public class LossTests
{
    [Theory]
    [InlineData("> INVITE", 2)]
    [InlineData("> ACK", 2)]
    [InlineData("< SIP/2.0 200 OK [CSeq: 1 INVITE]", 2)]
    [InlineData("> BYE", 2)]
    [InlineData("< SIP/2.0 200 OK [CSeq: 2 BYE]", 1)]
    public async Task A_call_survives_the_loss_of(string what, int times)
    {
        var losses = new Losses().Lose(what, times);
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        var (incoming, outgoing) = await peers.ConnectAsync();
        await outgoing.HangUpAsync().Soon();
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, incoming.EndReason);
        Assert.True(losses.Count(what) > times);
        Assert.False(peers.Application.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Without_ACK_the_call_ends_with_BYE()
    {
        var losses = new Losses().Lose("> ACK", int.MaxValue);
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        var calling = peers.Client.CallAsync(peers.Order(), default);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.AnswerAsync(Peers.Answer);
        var result = await calling.Soon();
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.NoAck, incoming.EndReason);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => incoming.Acknowledged.Soon());
        await result.Call!.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, result.Call.EndReason);
        Assert.True(losses.Count("< SIP/2.0 200 OK [CSeq: 1 INVITE]") >= 8);
    }

    [Fact]
    public async Task BYE_waits_for_the_ACK()
    {
        var losses = new Losses().Lose("> ACK", 3);
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        var calling = peers.Client.CallAsync(peers.Order(), default);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.AnswerAsync(Peers.Answer);
        var outgoing = (await calling.Soon()).Call!;
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
        var seen = losses.Seen.ToList();
        Assert.True(seen.FindIndex(l => l.StartsWith("< BYE", StringComparison.Ordinal)) > seen.FindLastIndex(l => l.StartsWith("> ACK", StringComparison.Ordinal)));
        Assert.Equal(4, losses.Count("> ACK"));
    }

    [Fact]
    public async Task A_peer_that_never_answers_is_given_up()
    {
        var losses = new Losses().Lose("> ", int.MaxValue);
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        Assert.True(result.Response.IsLocal);
        Assert.Equal(408, result.Response.Status);
        Assert.True(losses.Count("> INVITE") > 2);
        var options = await peers.Client.SendAsync(peers.Client.CreateRequest("OPTIONS", peers.Uri(), Peers.Alice)).Soon();
        Assert.Equal(408, options.Status);
    }

    [Fact]
    public async Task A_refusal_is_sent_again_until_its_ACK()
    {
        var losses = new Losses().Lose("> ACK", 2);
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        Assert.Equal(486, result.Response.Status);
        await losses.Until("> ACK", 3);
        Assert.Equal(3, losses.Count("< SIP/2.0 486"));
    }
}
