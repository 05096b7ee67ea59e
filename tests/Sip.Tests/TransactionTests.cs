using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>The state machines of RFC 3261 §17 and RFC 6026 on a clock that the test moves, with the timers of table 4.</summary>
public sealed class TransactionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Bench _bench = new();
    private readonly TransactionLayer _layer;

    public TransactionTests()
    {
        var options = new SipOptions { Listen = [] };
        _layer = new TransactionLayer(options, _bench, NullLogger.Instance, _time);
        _layer.Transports = new TransportLayer(options, _layer, NullLogger.Instance, _time);
    }

    [Fact]
    public void INVITE_is_sent_again_at_doubling_times_until_timer_B()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.Send(Request("INVITE"), flow, _bench);
        Assert.Equal([500, 1500, 3500, 7500, 15500, 31500], Sends(flow, 33_000));
        Assert.Equal(408, Assert.Single(_bench.Responses).Status);
        Assert.True(_bench.Responses[0].IsLocal);
        Assert.Equal(0, _layer.Count);
    }

    [Fact]
    public void Other_requests_are_sent_again_at_most_every_T2_until_timer_F()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.Send(Request("OPTIONS"), flow, _bench);
        Assert.Equal([500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], Sends(flow, 33_000));
        Assert.Equal(408, Assert.Single(_bench.Responses).Status);
    }

    [Fact]
    public void Over_a_reliable_transport_nothing_is_sent_again()
    {
        var flow = new FakeFlow(SipTransportKind.Tcp);
        _layer.Send(Request("INVITE"), flow, _bench);
        _layer.Send(Request("OPTIONS"), flow, _bench);
        Assert.Empty(Sends(flow, 33_000));
        Assert.Equal([408, 408], _bench.Responses.Select(r => r.Status));
    }

    [Fact]
    public void A_provisional_response_stops_the_retransmission_of_INVITE_for_good()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("INVITE");
        _layer.Send(request, flow, _bench);
        _layer.OnResponse(request.CreateResponse(180, null, "t"), flow);
        Assert.Empty(Sends(flow, 120_000));
        Assert.Equal(1, _layer.Count);
    }

    [Fact]
    public void After_a_provisional_response_other_requests_are_sent_every_T2()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("OPTIONS");
        _layer.Send(request, flow, _bench);
        _layer.OnResponse(request.CreateResponse(100), flow);
        Assert.Equal([500, 4500, 8500], Sends(flow, 10_000));
    }

    [Fact]
    public void A_refusal_of_INVITE_is_acknowledged_each_time_it_comes_until_timer_D()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("INVITE");
        _layer.Send(request, flow, _bench);
        var refusal = request.CreateResponse(486, null, "remote");
        for (var i = 0; i < 3; i++)
            _layer.OnResponse(refusal, flow);
        Assert.Single(_bench.Responses);
        var acks = flow.Messages.OfType<SipRequest>().Where(r => r.Method == "ACK").ToList();
        Assert.Equal(3, acks.Count);
        Assert.Equal(request.TopVia!.Branch, acks[0].TopVia!.Branch);
        Assert.Equal("remote", acks[0].To!.Tag);
        Assert.Equal(new CSeqHeader(1, "ACK"), acks[0].CSeq);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, _layer.Count);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _layer.Count);
    }

    [Fact]
    public void Every_2xx_of_INVITE_is_the_users_until_timer_M()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("INVITE");
        _layer.Send(request, flow, _bench);
        _layer.OnResponse(request.CreateResponse(200, null, "a"), flow);
        _layer.OnResponse(request.CreateResponse(200, null, "a"), flow);
        _layer.OnResponse(request.CreateResponse(200, null, "b"), flow);
        _layer.OnResponse(request.CreateResponse(486, null, "c"), flow);
        Assert.Equal(3, _bench.Responses.Count);
        Assert.Single(flow.Messages);
        _time.Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(0, _layer.Count);
        Assert.Equal(3, _bench.Responses.Count);
    }

    [Fact]
    public void CANCEL_waits_for_a_provisional_response_and_has_the_branch_of_its_INVITE()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("INVITE");
        var invite = (InviteClientTransaction)_layer.Send(request, flow, _bench);
        invite.Cancel();
        Assert.Single(flow.Messages);
        _layer.OnResponse(request.CreateResponse(100), flow);
        var cancel = Assert.IsType<SipRequest>(flow.Messages[^1]);
        Assert.Equal("CANCEL", cancel.Method);
        Assert.Equal(request.TopVia!.Branch, cancel.TopVia!.Branch);
        invite.Cancel();
        Assert.Equal(2, flow.Messages.Count);
        // RFC 3261 §9.1: without a final response within 64*T1 the INVITE is over.
        _time.Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(408, _bench.Responses[^1].Status);
    }

    [Fact]
    public void A_CANCEL_that_has_to_wait_says_why_all_the_same()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("INVITE");
        ((InviteClientTransaction)_layer.Send(request, flow, _bench)).Cancel([new SipHeader("Reason", "SIP;cause=200")]);
        _layer.OnResponse(request.CreateResponse(100), flow);
        Assert.Equal("SIP;cause=200", flow.Messages[^1].Headers["Reason"]);
    }

    // RFC 3261 §18.1.2.
    [Theory]
    [InlineData("192.0.2.9", 5060, true)]
    [InlineData("192.0.2.9", null, true)]
    [InlineData("192.0.2.8", 5060, false)]
    [InlineData("192.0.2.9", 5061, false)]
    [InlineData("pbx.example.test", null, false)]
    public void A_response_whose_Via_is_not_ours_is_nobodys(string host, int? port, bool isOurs)
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var request = Request("OPTIONS");
        _layer.Send(request, flow, _bench);
        var response = request.CreateResponse(200, null, "t");
        response.Headers["Via"] = (request.TopVia! with { Host = host, Port = port }).ToString();
        _layer.OnResponse(response, flow);
        Assert.Equal(isOurs ? 1 : 0, _bench.Responses.Count);
    }

    // RFC 4320 §4.1: not before a client has come down to sending it every T2, and then without fail.
    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public void Another_request_gets_a_100_when_its_answer_takes_long(SipTransportKind kind)
    {
        var flow = new FakeFlow(kind);
        _layer.OnRequest(Incoming("REGISTER"), flow);
        Assert.Equal([3500], Sends(flow, 20_000));
        Assert.Equal((100, null), (((SipResponse)flow.Messages[0]).Status, flow.Messages[0].To!.Tag));
        _layer.OnRequest(Incoming("REGISTER"), flow);
        Assert.Equal(100, ((SipResponse)flow.Messages[^1]).Status);
        Assert.True(_bench.Transactions[0].Respond(200));
        Assert.Equal(200, ((SipResponse)flow.Messages[^1]).Status);
        Assert.Empty(Sends(flow, 40_000));
        Assert.Equal(0, _layer.Count);
    }

    // RFC 3261 §17.2.3: the ACK of an element of RFC 2543 names the response by its tag.
    [Fact]
    public void Without_a_branch_the_tag_says_what_an_ACK_is_for()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.OnRequest(Incoming("INVITE", branch: "1"), flow);
        _bench.Transactions[0].Respond(486);
        var tag = flow.Messages[0].To!.Tag!;
        Acknowledge("other");
        Assert.NotEmpty(Sends(flow, 2_000));
        Acknowledge(tag);
        Assert.Empty(Sends(flow, 20_000));

        void Acknowledge(string toTag)
        {
            var ack = Incoming("ACK", branch: "1");
            ack.Headers["To"] = $"<sip:bob@example.test>;tag={toTag}";
            _layer.OnRequest(ack, flow);
        }
    }

    [Fact]
    public void A_100_follows_when_the_user_says_nothing_for_200_ms()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.OnRequest(Incoming("INVITE"), flow);
        Assert.Empty(flow.Messages);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(100, Assert.IsType<SipResponse>(Assert.Single(flow.Messages)).Status);
    }

    [Fact]
    public void A_refusal_is_sent_again_until_ACK_or_timer_H()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var invite = Incoming("INVITE");
        _layer.OnRequest(invite, flow);
        _bench.Transactions[0].Respond(486);
        Assert.Equal([500, 1500, 3500, 7500], Sends(flow, 8000));
        _layer.OnRequest(Incoming("ACK"), flow);
        Assert.Empty(Sends(flow, 4999));
        Assert.Equal(1, _layer.Count);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(0, _layer.Count);
        Assert.Empty(_bench.Acks);
    }

    [Fact]
    public void Timer_H_ends_a_refusal_that_is_never_acknowledged()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.OnRequest(Incoming("INVITE"), flow);
        _bench.Transactions[0].Respond(486);
        Assert.Equal([500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], Sends(flow, 40_000));
        Assert.Equal(0, _layer.Count);
    }

    [Fact]
    public void After_a_2xx_INVITE_is_absorbed_and_ACK_is_the_users_until_timer_L()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.OnRequest(Incoming("INVITE"), flow);
        Assert.True(_bench.Transactions[0].Respond(200));
        Assert.False(_bench.Transactions[0].Respond(486));
        _layer.OnRequest(Incoming("INVITE"), flow);
        Assert.Single(flow.Messages);
        Assert.Single(_bench.Transactions);
        _layer.OnRequest(Incoming("ACK"), flow);
        Assert.Single(_bench.Acks);
        _time.Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(0, _layer.Count);
    }

    [Theory]
    [InlineData(SipTransportKind.Udp, 1)]
    [InlineData(SipTransportKind.Tcp, 0)]
    public void Other_requests_are_answered_again_until_timer_J(SipTransportKind kind, int left)
    {
        var flow = new FakeFlow(kind);
        _layer.OnRequest(Incoming("OPTIONS"), flow);
        Assert.Equal(1, _layer.Count);
        _bench.Transactions[0].Respond(200);
        Assert.Equal(left, _layer.Count);
        if (left == 0)
            return;
        _layer.OnRequest(Incoming("OPTIONS"), flow);
        Assert.Equal(2, flow.Messages.Count);
        Assert.Single(_bench.Transactions);
        _time.Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(0, _layer.Count);
    }

    // RFC 3261 §13.3.1.1: proxies give up an INVITE of which they hear nothing for three minutes.
    [Fact]
    public void A_call_that_rings_says_so_every_minute()
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        _layer.OnRequest(Incoming("INVITE"), flow);
        _bench.Transactions[0].Respond(180);
        Assert.Equal([60_000, 120_000, 180_000], Sends(flow, 200_000));
        Assert.Equal(180, Assert.IsType<SipResponse>(flow.Messages[^1]).Status);
        _bench.Transactions[0].Respond(200);
        Assert.Empty(Sends(flow, 100_000));
    }

    // RFC 3261 §16.3: with another target it is a spiral, which is served.
    [Theory]
    [InlineData("sip:bob@192.0.2.1", 482)]
    [InlineData("sip:carol@192.0.2.1", null)]
    public void A_request_of_ours_that_comes_back_as_it_was_is_a_loop(string target, int? status)
    {
        var flow = new FakeFlow(SipTransportKind.Udp);
        var ours = Request("INVITE");
        _layer.Send(ours, flow, _bench);
        var back = new SipRequest("INVITE", SipUri.Parse(target));
        back.Headers.Add("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKproxy");
        foreach (var field in ours.Headers)
            back.Headers.Add(field.Name, field.Value);
        _layer.OnRequest(back, flow);
        Assert.Equal(status, (flow.Messages[^1] as SipResponse)?.Status);
        Assert.Equal(status is null ? 1 : 0, _bench.Transactions.Count);
    }

    [Fact]
    public void Limits_are_answered_with_503_without_a_transaction()
    {
        var options = new SipOptions { Listen = [], MaxTransactionsPerSource = 2 };
        var layer = new TransactionLayer(options, _bench, NullLogger.Instance, _time);
        layer.Transports = new TransportLayer(options, layer, NullLogger.Instance, _time);
        var flow = new FakeFlow(SipTransportKind.Udp);
        for (var i = 0; i < 5; i++)
            layer.OnRequest(Incoming("OPTIONS", $"z9hG4bKn{i}", $"call{i}"), flow);
        Assert.Equal(2, layer.Count);
        Assert.Equal(3, flow.Messages.OfType<SipResponse>().Count(r => r.Status == 503 && r.Headers.Contains("Retry-After")));
        foreach (var transaction in _bench.Transactions)
            transaction.Respond(200);
        _time.Advance(TimeSpan.FromSeconds(33));
        layer.OnRequest(Incoming("OPTIONS", "z9hG4bKlast", "last"), flow);
        Assert.Equal(3, _bench.Transactions.Count);
    }

    /// <summary>When, in milliseconds, something was sent while the clock moved on.</summary>
    private List<int> Sends(FakeFlow flow, int milliseconds)
    {
        var times = new List<int>();
        var count = flow.Messages.Count;
        for (var at = 1; at <= milliseconds; at++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            for (; count < flow.Messages.Count; count++)
                times.Add(at);
        }
        return times;
    }

    private static SipRequest Request(string method)
    {
        var request = new SipRequest(method, SipUri.Parse("sip:bob@192.0.2.1"));
        request.Headers.Add("From", "<sip:alice@example.test>;tag=local");
        request.Headers.Add("To", "<sip:bob@example.test>");
        request.Headers.Add("Call-ID", "call");
        request.Headers.Add("CSeq", $"1 {method}");
        return request;
    }

    private static SipRequest Incoming(string method, string branch = "z9hG4bKin", string call = "call")
    {
        var request = Request(method);
        request.Headers["Call-ID"] = call;
        request.Headers.AddFirst("Via", $"SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport");
        return request;
    }

    private sealed class Bench : IRequestUser, IClientTransactionUser
    {
        public List<ServerTransaction> Transactions { get; } = [];

        public List<SipRequest> Acks { get; } = [];

        public List<SipResponse> Responses { get; } = [];

        public void OnRequest(ServerTransaction transaction) => Transactions.Add(transaction);

        public bool Knows(SipRequest request) => false;

        public void OnAck(SipRequest ack) => Acks.Add(ack);

        public void OnCancel(SipRequest cancel, InviteServerTransaction invite) => invite.Respond(487);

        public void OnResponse(SipResponse response) => Responses.Add(response);
    }

    private sealed class FakeFlow(SipTransportKind kind)
        : SipFlow(kind, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5060), new SipAddress("192.0.2.9", 5060, IPAddress.Parse("192.0.2.9")))
    {
        public List<SipMessage> Messages { get; } = [];

        public override void Send(byte[] message, ISendObserver? observer) => Messages.Add(SipParser.Parse(message).Message!);
    }
}
