using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Rates of each source and blocks, on a clock that the test moves, with octets as they come from the wire.</summary>
public sealed class GuardTests
{
    private static readonly SipRate Never = new(0.000001, 1);

    private readonly FakeTimeProvider _time = new();
    private readonly Exchange _exchange = new();
    private TransportLayer _transports = null!;

    [Fact]
    public void Over_its_rate_a_source_is_refused_and_then_left_without_an_answer_while_others_are_served()
    {
        Start(new GuardOptions { Invites = new SipRate(1, 3), Refusals = new SipRate(1, 2) });
        var flow = new Peer("192.0.2.1");
        for (var i = 0; i < 10; i++)
            Send(flow, "INVITE", $"c{i}");
        Assert.Equal([486, 486, 486, 503, 503], flow.Statuses);
        Assert.Equal("5", flow.Sent[^1].Headers["Retry-After"]);
        var other = new Peer("192.0.2.2");
        Send(other, "INVITE", "other");
        Assert.Equal([486], other.Statuses);
        _time.Advance(TimeSpan.FromSeconds(1));
        Send(flow, "INVITE", "later");
        Assert.Equal(486, flow.Statuses[^1]);
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("FROBNICATE")]
    [InlineData("\r\n\r\nOPTIONS")]
    [InlineData(" OPTIONS")]
    public void While_a_source_is_left_without_an_answer_nothing_that_begins_something_is_read(string method)
    {
        Start(new GuardOptions { Invites = Never, Refusals = Never });
        var flow = new Peer("192.0.2.1");
        for (var i = 0; i < 3; i++)
            Send(flow, "INVITE", $"c{i}");
        Assert.Equal([486, 503], flow.Statuses);
        Send(flow, method, "other");
        Assert.Equal(2, flow.Statuses.Count);
    }

    // RFC 3261 §25.1 knows no zone, and it means nothing on the other side.
    [Fact]
    public void What_came_from_a_link_has_no_zone_in_Via()
    {
        Start(new GuardOptions());
        var flow = new Peer("fe80::2%1");
        Send(flow, "OPTIONS", "call");
        Assert.Equal("fe80::2", Assert.Single(flow.Sent).TopVia!.Parameters["received"]);
    }

    [Fact]
    public void What_belongs_to_a_call_costs_nothing()
    {
        Start(new GuardOptions { Invites = new SipRate(0.001, 1), Others = Never, Refusals = Never });
        var flow = new Peer("192.0.2.1");
        _exchange.Status = 0;
        Send(flow, "INVITE", "call", branch: "z9hG4bKa");
        Send(flow, "INVITE", "call", branch: "z9hG4bKa");
        Send(flow, "CANCEL", "call", branch: "z9hG4bKa");
        Assert.Equal([100, 200, 487], flow.Statuses.Order());
        _exchange.Status = 200;
        _exchange.Known = "dialog";
        for (var i = 0; i < 5; i++)
            Send(flow, "INFO", "dialog", to: "known");
        Assert.Equal(5, flow.Statuses.Count(s => s == 200) - 1);
    }

    [Fact]
    public void Each_kind_of_request_has_a_rate_of_its_own_and_an_unknown_dialog_is_no_excuse()
    {
        Start(new GuardOptions { Invites = Never, Registrations = Never, Others = new SipRate(0.001, 2), Refusals = Never });
        var flow = new Peer("192.0.2.1");
        foreach (var method in (string[])["INVITE", "REGISTER", "OPTIONS", "BYE", "BYE", "BYE"])
            Send(flow, method, method, to: method == "BYE" ? "invented" : null);
        Assert.Equal([486, 486, 486, 486, 503], flow.Statuses);
    }

    [Fact]
    public void Trusted_peers_and_exempt_networks_have_no_rate()
    {
        Start(new GuardOptions { Invites = Never, Refusals = Never }, trusted: IPNetwork.Parse("192.0.2.0/28"));
        foreach (var address in (string[])["192.0.2.1", "::ffff:192.0.2.2", "127.0.0.1"])
        {
            var flow = new Peer(address);
            for (var i = 0; i < 5; i++)
                Send(flow, "INVITE", $"{address}{i}");
            Assert.Equal([486, 486, 486, 486, 486], flow.Statuses);
            _transports.Guard.Report(flow.Remote.Address, SipOffence.Scanner);
            Assert.False(_transports.Guard.IsBlocked(flow.Remote.Address));
        }
    }

    [Fact]
    public void A_slash_64_of_IPv6_is_one_source()
    {
        Start(new GuardOptions { Invites = new SipRate(0.001, 1), Refusals = Never });
        foreach (var (address, status) in ((string, int)[])[("2001:db8::1", 486), ("2001:db8::ffff:1", 503), ("2001:db8:0:1::1", 486)])
        {
            var flow = new Peer(address);
            Send(flow, "INVITE", address);
            Assert.Equal([status], flow.Statuses);
        }
    }

    [Fact]
    public void Forged_addresses_are_remembered_up_to_a_limit()
    {
        Start(new GuardOptions { MaxSources = 100 });
        for (var i = 0; i < 1000; i++)
            Send(new Peer($"10.0.{i / 250}.{i % 250}"), "OPTIONS", $"c{i}");
        Assert.Equal(100, _transports.Guard.SourceCount);
    }

    [Fact]
    public void Whoever_searches_for_numbers_and_hears_the_answers_is_shut_out()
    {
        Start(new GuardOptions { MaxUnknownNumbers = 3 });
        _exchange.Status = 404;
        var flow = new Peer("192.0.2.1");
        for (var i = 0; i < 4; i++)
        {
            Assert.False(_transports.Guard.IsBlocked(flow.Remote.Address));
            Ask(flow, $"{100 + i}");
        }
        Assert.True(_transports.Guard.IsBlocked(flow.Remote.Address));
        var heard = flow.Sent.Count;
        Send(flow, "OPTIONS", "more");
        Assert.Equal(heard, flow.Sent.Count);
        _time.Advance(TimeSpan.FromMinutes(11));
        Send(flow, "OPTIONS", "after");
        Assert.Equal(heard + 1, flow.Sent.Count);
    }

    [Fact]
    public void One_number_asked_for_often_and_numbers_with_a_call_between_are_no_search()
    {
        Start(new GuardOptions { MaxUnknownNumbers = 3 });
        var flow = new Peer("192.0.2.1");
        _exchange.Status = 404;
        for (var i = 0; i < 10; i++)
            Ask(flow, "100", $"again{i}");
        for (var i = 0; i < 2; i++)
            Ask(flow, $"{200 + i}");
        _exchange.Known = "accepted";
        flow.Receive(_transports, Request(flow, "ACK", "accepted", to: "known"));
        for (var i = 0; i < 3; i++)
            Ask(flow, $"{300 + i}");
        Assert.False(_transports.Guard.IsBlocked(flow.Remote.Address));
    }

    [Fact]
    public void Forged_datagrams_shut_nobody_out()
    {
        Start(new GuardOptions { MaxUnknownNumbers = 3, MaxMalformed = 3 });
        _exchange.Status = 404;
        var flow = new Peer("192.0.2.1");
        for (var i = 0; i < 20; i++)
        {
            Send(flow, "INVITE", $"c{i}", user: $"{i}", branch: $"z9hG4bKf{i}");
            flow.Receive(_transports, Request(flow, "ACK", $"c{i}", to: "guessed", branch: $"z9hG4bKf{i}"));
            flow.Receive(_transports, Request(flow, "OPTIONS", $"m{i}").Replace("CSeq: 1", "CSeq: x"));
            flow.Receive(_transports, Request(flow, "INVITE", $"s{i}", headers: "User-Agent: friendly-scanner\r\n"));
        }
        Assert.False(_transports.Guard.IsBlocked(flow.Remote.Address));
        Assert.Equal(20, flow.Statuses.Count(s => s == 404));
    }

    [Fact]
    public void A_scanner_gets_no_answer_and_over_a_connection_it_is_shut_out()
    {
        Start(new GuardOptions());
        foreach (var transport in (SipTransportKind[])[SipTransportKind.Udp, SipTransportKind.Tcp])
        {
            var flow = new Peer(transport == SipTransportKind.Udp ? "192.0.2.1" : "192.0.2.2", transport);
            flow.Receive(_transports, Request(flow, "OPTIONS", "s", headers: "User-Agent: Mozilla/SIPVicious 0.3\r\n"));
            Assert.Empty(flow.Sent);
            Assert.Equal(transport == SipTransportKind.Tcp, _transports.Guard.IsBlocked(flow.Remote.Address));
        }
    }

    [Fact]
    public void Malformed_messages_over_a_connection_add_up()
    {
        Start(new GuardOptions { MaxMalformed = 3 });
        var flow = new Peer("192.0.2.1", SipTransportKind.Tcp);
        for (var i = 0; i < 4; i++)
            flow.Receive(_transports, Request(flow, "OPTIONS", $"m{i}").Replace("CSeq: 1", "CSeq: x"));
        Assert.True(_transports.Guard.IsBlocked(flow.Remote.Address));
    }

    [Fact]
    public void Each_block_is_longer_than_the_last_up_to_the_longest_and_is_forgiven_in_the_end()
    {
        Start(new GuardOptions { MaxFailedLogins = 0, MaxBlock = TimeSpan.FromMinutes(30) });
        var address = IPAddress.Parse("192.0.2.1");
        foreach (var minutes in (int[])[10, 20, 30, 30])
        {
            _transports.Guard.Report(address, SipOffence.FailedLogin);
            _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            Assert.True(_transports.Guard.IsBlocked(address));
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.False(_transports.Guard.IsBlocked(address));
        }
        _time.Advance(TimeSpan.FromMinutes(31));
        _transports.Guard.Report(address, SipOffence.FailedLogin);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(_transports.Guard.IsBlocked(address));
    }

    [Fact]
    public void Who_is_shut_out_is_listed_until_the_end_of_it()
    {
        Start(new GuardOptions { Block = TimeSpan.FromMinutes(10) });
        var began = _time.GetUtcNow();
        _transports.Guard.Report(IPAddress.Parse("2001:db8:1:2::3"), SipOffence.Scanner);
        _transports.Guard.Report(IPAddress.Parse("192.0.2.7"), SipOffence.FailedLogin);
        _time.Advance(TimeSpan.FromMinutes(1));
        _transports.Guard.Report(IPAddress.Parse("192.0.2.1"), SipOffence.Scanner);
        Assert.Equal(
            [
                new BlockedSource(IPAddress.Parse("2001:db8:1:2::"), SipOffence.Scanner, began.AddMinutes(10)),
                new BlockedSource(IPAddress.Parse("192.0.2.1"), SipOffence.Scanner, began.AddMinutes(11)),
            ],
            _transports.Guard.Blocked);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(IPAddress.Parse("192.0.2.1"), Assert.Single(_transports.Guard.Blocked).Address);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_transports.Guard.Blocked);
    }

    [Fact]
    public void Offences_are_forgotten_after_a_time()
    {
        Start(new GuardOptions { MaxFailedLogins = 2 });
        var address = IPAddress.Parse("192.0.2.1");
        for (var i = 0; i < 10; i++)
        {
            _transports.Guard.Report(address, SipOffence.FailedLogin);
            _time.Advance(TimeSpan.FromMinutes(6));
        }
        Assert.False(_transports.Guard.IsBlocked(address));
    }

    private void Start(GuardOptions guard, IPNetwork? trusted = null)
    {
        var options = new SipOptions { Listen = [], Guard = guard, TrustedPeers = trusted is { } network ? [network] : [] };
        var layer = new TransactionLayer(options, _exchange, NullLogger.Instance, _time);
        _transports = layer.Transports = new TransportLayer(options, layer, NullLogger.Instance, _time);
    }

    private void Send(Peer peer, string method, string callId, string? to = null, string? branch = null, string user = "bob") =>
        peer.Receive(_transports, Request(peer, method, callId, to, branch, user));

    /// <summary>An INVITE, and the ACK with the tag of its refusal.</summary>
    private void Ask(Peer peer, string user, string? callId = null)
    {
        callId ??= "ask" + user;
        var branch = "z9hG4bK" + callId;
        Send(peer, "INVITE", callId, null, branch, user);
        var tag = peer.Sent[^1].To!.Tag;
        peer.Receive(_transports, Request(peer, "ACK", callId, tag, branch, user));
    }

    private static string Request(Peer peer, string method, string callId, string? to = null, string? branch = null, string user = "bob", string headers = "") =>
        $"{method} sip:{user}@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/{peer.ViaTransport} 192.0.2.1:5060;branch={branch ?? $"z9hG4bK{callId}-{peer.Next()}"};rport\r\n"
        + $"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:{user}@192.0.2.9>{(to is null ? "" : ";tag=" + to)}\r\nCall-ID: {callId}\r\n"
        + $"CSeq: 1 {method.Trim()}\r\n{headers}Content-Length: 0\r\n\r\n";

    /// <summary>Answers everything with one status; 0 leaves it open.</summary>
    private sealed class Exchange : IRequestUser
    {
        public int Status { get; set; } = 486;

        public string? Known { get; set; }

        public void OnRequest(ServerTransaction transaction)
        {
            if (Status > 0)
                transaction.Respond(Status);
        }

        public bool Knows(SipRequest request) => request.CallId == Known && request.To!.Tag == "known";

        public void OnAck(SipRequest ack)
        {
        }

        public void OnCancel(SipRequest cancel, InviteServerTransaction invite) => invite.Respond(487);
    }

    private sealed class Peer(string address, SipTransportKind kind = SipTransportKind.Udp)
        : SipFlow(kind, new IPEndPoint(IPAddress.Parse(address), 5060), new SipAddress("192.0.2.9", 5060, IPAddress.Parse("192.0.2.9")))
    {
        private int _next;

        public List<SipResponse> Sent { get; } = [];

        public List<int> Statuses => [.. Sent.Select(r => r.Status)];

        public int Next() => ++_next;

        public void Receive(TransportLayer transports, string message) => transports.Received(Encoding.UTF8.GetBytes(message), this);

        // The refusal of a malformed request repeats what is wrong with it, and can't be read either.
        public override void Send(byte[] message, ISendObserver? observer)
        {
            if (SipParser.Parse(message).Message is SipResponse response)
                Sent.Add(response);
        }
    }
}
