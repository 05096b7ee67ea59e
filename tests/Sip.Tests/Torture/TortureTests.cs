using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>The messages of RFC 4475 and RFC 5118, and some more, sent to an endpoint over UDP and TCP.</summary>
public sealed class TortureTests : IAsyncLifetime
{
    private static readonly TortureMessage[] All =
    [
        .. Rfc4475Valid.Messages, .. Rfc4475Invalid.Messages, .. Rfc4475Layers.Messages, .. Rfc5118.Messages, .. FurtherMessages.Messages,
        .. GrammarMessages.Messages, .. HeaderMessages.Messages, .. BodyMessages.Messages, .. LimitMessages.Messages, .. MethodMessages.Messages,
    ];

    private readonly SipEndpoint _endpoint = new(
        new SipOptions
        {
            Listen =
            [
                new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0)),
                new SipListenPoint(SipTransportKind.Tcp, new IPEndPoint(IPAddress.Loopback, 0)),
            ],
            Timers = Peers.Fast,
        },
        new Application(), NullLoggerFactory.Instance);

    public static TheoryData<string> Names => [.. All.Select(m => m.Name)];

    public static TheoryData<string> AnsweredNames => [.. All.Where(m => m.Statuses.Length > 0 && SipParser.Parse(m.Octets).IsGood).Select(m => m.Name)];

    public async ValueTask InitializeAsync() => await _endpoint.StartAsync(default);

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    [Fact]
    public void Every_message_of_both_documents_is_there()
    {
        Assert.Equal(13, Rfc4475Valid.Messages.Count());
        Assert.Equal(19, Rfc4475Invalid.Messages.Count());
        Assert.Equal(17, Rfc4475Layers.Messages.Count());
        Assert.Equal(12, Rfc5118.Messages.Count());
        Assert.Distinct(All.Select(m => m.Name));
    }

    // The figures are those of Content-Length in the documents: a body that was copied wrongly has another length. Those of multi01,
    // ipv6-in-sdp, mult-ip-in-sdp and ipv4-mapped-ipv6 are not those of the bodies below them; ours are right, so that nothing but what
    // the section is about is wrong with the message.
    [Theory]
    [InlineData(150, "wsinv", "esc01", "longreq", "lwsstart", "escruri", "baddate", "sdp01")]
    [InlineData(152, "badinv01", "quotbal", "insuf")]
    [InlineData(154, "unreason", "bcast")]
    [InlineData(159, "ltgtruri", "lwsruri")]
    [InlineData(553, "mpart01")]
    [InlineData(138, "mismatch02")]
    [InlineData(40, "invut")]
    public void The_bodies_have_the_length_that_the_documents_say(int length, params string[] names) => Assert.All(names, name =>
    {
        var octets = Find(name).Octets.AsSpan();
        Assert.Equal(length, octets.Length - octets.IndexOf("\r\n\r\n"u8) - 4);
        Assert.Matches($"(?i)(content-length|l) *: *{length}\r\n", Encoding.UTF8.GetString(octets));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void The_parser_reads_what_is_there(string name)
    {
        var message = Find(name);
        var result = SipParser.Parse(message.Octets);
        if (message.Reads is { } reads)
        {
            Assert.True(result.IsGood, result.Error);
            reads(result.Message!);
        }
        else if (message.Statuses is [400 or 505] && result.Message is SipRequest { Method: not SipMethods.Register })
            Assert.NotNull(result.Error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Over_UDP(string name)
    {
        var message = Find(name);
        using var wire = new Wire(Bound(SipTransportKind.Udp));
        await wire.SendAsync(message.WithRport());
        Assert.Equal(message.Statuses, await FinalsAsync(wire.ReceiveOctetsAsync, message.Statuses.Length));
        await wire.SendAsync(Probe(";rport"));
        // Nothing but the same again comes before the answer to the probe.
        Assert.All(await FinalsBeforeProbeAsync(wire.ReceiveOctetsAsync), s => Assert.Contains(s, message.Statuses));
    }

    // RFC 3261 §8.2.6.2 and RFC 3581 §4, for whatever is well formed.
    [Theory]
    [MemberData(nameof(AnsweredNames))]
    public async Task The_response_says_what_it_must(string name)
    {
        var octets = Find(name).WithRport();
        var request = SipParser.Parse(octets).Message!;
        using var wire = new Wire(Bound(SipTransportKind.Udp));
        await wire.SendAsync(octets);
        var response = await wire.ResponseAsync();
        Assert.Equal((request.CallId, request.CSeq, request.Headers["From"]), (response.CallId, response.CSeq, response.Headers["From"]));
        Assert.StartsWith(request.Headers["To"]!, response.Headers["To"]);
        Assert.NotEmpty(response.To!.Tag!);
        Assert.Equal(request.Headers.Values("Via").Skip(1), response.Headers.Values("Via").Skip(1));
        Assert.Equal(("127.0.0.1", $"{wire.Port}"), (response.TopVia!.Parameters["received"], response.TopVia.Parameters["rport"]));
        Assert.Equal((request.TopVia!.Transport, request.TopVia.Host, request.TopVia.Port, request.TopVia.Branch),
            (response.TopVia.Transport, response.TopVia.Host, response.TopVia.Port, response.TopVia.Branch));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Over_TCP(string name)
    {
        var message = Find(name);
        var statuses = message.StreamStatuses ?? message.Statuses;
        using var stream = new StreamWire(Bound(SipTransportKind.Tcp));
        await stream.SendAsync(message.Octets);
        Assert.Equal(statuses.Order(), (await FinalsAsync(stream.ReceiveOctetsAsync, statuses.Length)).Order());
        if (message.EndsStream)
            Assert.Empty(await stream.ReceiveOctetsAsync());
        using var next = new StreamWire(Bound(SipTransportKind.Tcp));
        await next.SendAsync(Encoding.UTF8.GetBytes(Probe("")));
        Assert.Empty(await FinalsBeforeProbeAsync(next.ReceiveOctetsAsync));
    }

    private static TortureMessage Find(string name) => All.Single(m => m.Name == name);

    private IPEndPoint Bound(SipTransportKind kind) => _endpoint.Bound.Single(b => b.Transport == kind).EndPoint;

    private static string Probe(string rport) =>
        $"OPTIONS sip:probe@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1{rport};branch=z9hG4bKprobe\r\nMax-Forwards: 70\r\n"
        + "From: <sip:probe@example.test>;tag=p\r\nTo: <sip:probe@127.0.0.1>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

    private static async Task<List<int>> FinalsAsync(Func<Task<byte[]>> receive, int count)
    {
        var statuses = new List<int>();
        while (statuses.Count < count)
        {
            if (Status(await receive()) is > 199 and var status)
                statuses.Add(status);
        }
        return statuses;
    }

    private static async Task<List<int>> FinalsBeforeProbeAsync(Func<Task<byte[]>> receive)
    {
        var statuses = new List<int>();
        while (true)
        {
            var octets = await receive();
            if (Encoding.UTF8.GetString(octets).Contains("\r\nCall-ID: probe\r\n", StringComparison.Ordinal))
            {
                Assert.Equal(200, Status(octets));
                return statuses;
            }
            if (Status(octets) is > 199 and var status)
                statuses.Add(status);
        }
    }

    // What is echoed of a malformed request is as malformed as it came, so that the parser is no judge of the responses.
    private static int Status(byte[] octets)
    {
        var text = Encoding.UTF8.GetString(octets);
        Assert.StartsWith("SIP/2.0 ", text);
        if (text.StartsWith("SIP/2.0 405", StringComparison.Ordinal) || text.StartsWith("SIP/2.0 501", StringComparison.Ordinal))
            Assert.Contains("\r\nAllow: ", text);
        if (text.StartsWith("SIP/2.0 420", StringComparison.Ordinal))
            Assert.Contains("\r\nUnsupported: ", text);
        return int.Parse(text.AsSpan(8, 3));
    }

    /// <summary>Takes every REGISTER and MESSAGE, and is busy for every call.</summary>
    private sealed class Application : ISipApplication
    {
        public Task OnCallAsync(IIncomingCall call, CancellationToken stopping) => call.RejectAsync(486, cancellationToken: stopping);

        public ValueTask<SipResponse?> OnRequestAsync(SipRequest request, CancellationToken cancellationToken) =>
            new(request.Method is SipMethods.Register or SipMethods.Message ? request.CreateResponse(200) : null);
    }

    /// <summary>A TCP connection that gives each response as it came, and nothing at the end.</summary>
    private sealed class StreamWire : IDisposable
    {
        private readonly TcpClient _client = new();
        private readonly List<byte> _pending = [];
        private readonly byte[] _buffer = new byte[65536];

        public StreamWire(IPEndPoint peer) => _client.Connect(peer);

        public async Task SendAsync(byte[] octets) => await _client.GetStream().WriteAsync(octets);

        public async Task<byte[]> ReceiveOctetsAsync()
        {
            while (true)
            {
                // The answer to a ping (RFC 5626 §3.5.1).
                while (CollectionsMarshal.AsSpan(_pending).StartsWith("\r\n"u8))
                    _pending.RemoveRange(0, 2);
                var end = CollectionsMarshal.AsSpan(_pending).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    // Our responses here have no body.
                    var message = _pending.GetRange(0, end + 4).ToArray();
                    _pending.RemoveRange(0, end + 4);
                    return message;
                }
                var length = await _client.GetStream().ReadAsync(_buffer).AsTask().Soon();
                if (length == 0)
                    return [];
                _pending.AddRange(_buffer.AsSpan(0, length));
            }
        }

        public void Dispose() => _client.Dispose();
    }
}
