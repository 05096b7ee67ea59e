using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Which status refuses what, in each state of a dialog (RFC 3261 §8.2, §12.2.2, §14.2 and the documents of each method).</summary>
public sealed class StatusTests : IAsyncLifetime
{
    private const string Sdp = "application/sdp";
    private Peers _peers = null!;
    private Wire _wire = null!;

    /// <summary>How far the call is in which the request comes.</summary>
    public enum State
    {
        /// <summary>There is none.</summary>
        None,

        /// <summary>It rings.</summary>
        Early,

        /// <summary>It was answered and acknowledged.</summary>
        Up,

        /// <summary>It was hung up.</summary>
        Over,
    }

    public async ValueTask InitializeAsync()
    {
        _peers = await Peers.StartAsync();
        _wire = new Wire(_peers.ServerEndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        _wire.Dispose();
        await _peers.DisposeAsync();
    }

    [Theory]
    // Methods in each state.
    [InlineData("OPTIONS", State.None, "", "", 200)]
    [InlineData("OPTIONS", State.Early, "", "", 200)]
    [InlineData("OPTIONS", State.Up, "", "", 200)]
    [InlineData("OPTIONS", State.Over, "", "", 481)]
    [InlineData("BYE", State.None, "", "", 481)]
    [InlineData("BYE", State.Early, "", "", 200)]
    [InlineData("BYE", State.Up, "", "", 200)]
    [InlineData("BYE", State.Over, "", "", 481)]
    [InlineData("CANCEL", State.None, "", "", 481)]
    [InlineData("CANCEL", State.Up, "", "", 481)]
    [InlineData("INFO", State.None, "", "", 481)]
    [InlineData("INFO", State.Early, "", "", 200)]
    [InlineData("INFO", State.Up, "", "", 200)]
    [InlineData("INFO", State.Over, "", "", 481)]
    [InlineData("UPDATE", State.None, "", "", 481)]
    [InlineData("UPDATE", State.Early, "", "", 200)]
    [InlineData("UPDATE", State.Early, "", Sdp, 500)]
    [InlineData("UPDATE", State.Up, "", Sdp, 200)]
    [InlineData("UPDATE", State.Over, "", Sdp, 481)]
    [InlineData("INVITE", State.Early, "", Sdp, 500)]
    [InlineData("INVITE", State.Up, "", Sdp, 200)]
    [InlineData("INVITE", State.Over, "", Sdp, 481)]
    [InlineData("PRACK", State.None, "RAck: 1 1 INVITE", "", 481)]
    [InlineData("PRACK", State.Early, "RAck: 1 1 INVITE", "", 481)]
    [InlineData("PRACK", State.Up, "RAck: 1 1 INVITE", "", 481)]
    [InlineData("PRACK", State.Up, "", "", 400)]
    [InlineData("SUBSCRIBE", State.Up, "Event: presence", "", 489)]
    [InlineData("SUBSCRIBE", State.Up, "Event: refer", "", 489)]
    [InlineData("NOTIFY", State.Up, "Event: presence", "", 489)]
    [InlineData("NOTIFY", State.Up, "Event: refer", "message/sipfrag", 481)]
    [InlineData("REFER", State.Up, "Refer-To: <sip:c@example.test>", "", 603)]
    [InlineData("REFER", State.Up, "", "", 400)]
    [InlineData("MESSAGE", State.None, "", "", 405)]
    [InlineData("MESSAGE", State.Up, "", "", 405)]
    [InlineData("FROBNICATE", State.None, "", "", 501)]
    [InlineData("FROBNICATE", State.Up, "", "", 501)]
    // What is demanded, offered or wanted and can't be had.
    [InlineData("INVITE", State.None, "Require: nobody-knows", Sdp, 420)]
    [InlineData("INVITE", State.Up, "Require: nobody-knows", Sdp, 420)]
    [InlineData("UPDATE", State.Up, "Require: nobody-knows", "", 420)]
    [InlineData("INVITE", State.None, "", "text/plain", 415)]
    [InlineData("INVITE", State.Up, "", "text/plain", 415)]
    [InlineData("UPDATE", State.Up, "", "text/plain", 415)]
    [InlineData("INFO", State.Up, "", "text/plain", 415)]
    [InlineData("INFO", State.Up, "Info-Package: unknown", "", 469)]
    [InlineData("INFO", State.Up, "", "application/dtmf", 400)]
    [InlineData("INVITE", State.Up, "Content-Encoding: gzip", Sdp, 415)]
    [InlineData("INVITE", State.None, "Accept: text/plain", Sdp, 406)]
    [InlineData("INVITE", State.Up, "Accept: text/plain", Sdp, 406)]
    [InlineData("INVITE", State.None, "Supported: timer\r\nSession-Expires: 10", Sdp, 422)]
    [InlineData("INVITE", State.Up, "Supported: timer\r\nSession-Expires: 10", Sdp, 422)]
    [InlineData("UPDATE", State.Up, "Supported: timer\r\nSession-Expires: 10", "", 422)]
    [InlineData("UPDATE", State.Up, "Session-Expires: none", "", 400)]
    [InlineData("INVITE", State.None, "Replaces: a;to-tag=b;from-tag=c", Sdp, 481)]
    // RFC 3261 §16.3: only who would send it on looks at Max-Forwards; it has come to its end here.
    [InlineData("OPTIONS", State.None, "Max-Forwards: 0", "", 200)]
    public async Task A_request_gets(string method, State state, string header, string contentType, int status)
    {
        var (to, call) = await ReachAsync(state);
        if (call is not null)
            call.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
        Assert.Equal(status, (await AskAsync(method, 7, to, header, contentType)).Status);
    }

    [Theory]
    [InlineData("INVITE")]
    [InlineData("UPDATE")]
    public async Task An_offer_that_nobody_can_answer_gets_488(string method)
    {
        var (to, _) = await ReachAsync(State.Up);
        Assert.Equal(488, (await AskAsync(method, 7, to, "", Sdp)).Status);
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("INFO")]
    [InlineData("UPDATE")]
    [InlineData("INVITE")]
    [InlineData("BYE")]
    public async Task A_request_out_of_order_gets_500(string method)
    {
        var (to, call) = await ReachAsync(State.Up);
        Assert.Equal(200, (await AskAsync("OPTIONS", 9, to, "", "")).Status);
        Assert.Equal(500, (await AskAsync(method, 8, to, "", method == "INVITE" ? Sdp : "")).Status);
        Assert.True(call!.IsUp);
    }

    private async Task<(string To, IIncomingCall? Call)> ReachAsync(State state)
    {
        if (state == State.None)
            return ("<sip:bob@127.0.0.1>", null);
        await _wire.SendAsync(_wire.Request("INVITE", contentType: Sdp, body: Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.RingAsync();
        var to = (await _wire.ResponseAsync()).Headers["To"]!;
        if (state == State.Early)
            return (to, call);
        await call.AnswerAsync(Peers.Answer);
        await _wire.ResponseToAsync("INVITE");
        await _wire.SendAsync(_wire.Request("ACK", to: to));
        await call.Acknowledged.Soon();
        if (state == State.Over)
            Assert.Equal(200, (await AskAsync("BYE", 2, to, "", "")).Status);
        return (to, call);
    }

    private async Task<SipResponse> AskAsync(string method, uint cseq, string to, string header, string contentType)
    {
        var request = _wire.Request(method, cseq: cseq, to: to, headers: header.Length == 0 || header.StartsWith("Max", StringComparison.Ordinal) ? "" : header + "\r\n",
            contentType: contentType.Length == 0 ? null : contentType, body: contentType.Length == 0 ? "" : contentType == Sdp ? Peers.Offer : "x\r\n");
        if (header.StartsWith("Max", StringComparison.Ordinal))
            request = request.Replace("Max-Forwards: 70", header);
        await _wire.SendAsync(request);
        while (true)
        {
            if (await _wire.ResponseToAsync(method) is var response && response.CSeq!.Value.Number == cseq)
                return response;
        }
    }
}
