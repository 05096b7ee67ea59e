using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transfers;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>An application whose calls are served by the test.</summary>
internal sealed class TestApplication : ISipApplication
{
    public Channel<IIncomingCall> Calls { get; } = Channel.CreateUnbounded<IIncomingCall>();

    public Func<IIncomingCall, CancellationToken, Task>? Serve { get; set; }

    public Func<SubscribeRequest, SubscribeAnswer>? Subscribe { get; set; }

    public Channel<SipRequest> Notifies { get; } = Channel.CreateUnbounded<SipRequest>();

    public IReadOnlyList<string> EventPackages { get; set; } = [];

    public Func<ReferRequest, ReferAnswer>? Refer { get; set; }

    public async Task OnCallAsync(IIncomingCall call, CancellationToken stopping)
    {
        Calls.Writer.TryWrite(call);
        if (Serve is { } serve)
        {
            await serve(call, stopping);
            return;
        }
        await call.Ended.Wait();
    }

    public ValueTask<SubscribeAnswer> OnSubscribeAsync(SubscribeRequest request, CancellationToken cancellationToken) =>
        new(Subscribe?.Invoke(request) ?? SubscribeAnswer.Refuse(489));

    public IReadOnlyList<string> MessageTypes { get; set; } = [];

    public Channel<SipRequest> Messages { get; } = Channel.CreateUnbounded<SipRequest>();

    public Channel<SipBinding> Registered { get; } = Channel.CreateUnbounded<SipBinding>();

    public ValueTask<int> OnMessageAsync(SipRequest message, CancellationToken cancellationToken)
    {
        Messages.Writer.TryWrite(message);
        return new(200);
    }

    public void OnRegistered(SipBinding binding) => Registered.Writer.TryWrite(binding);

    public ValueTask<ReferAnswer> OnReferAsync(ReferRequest request, CancellationToken cancellationToken) =>
        new(Refer?.Invoke(request) ?? ReferAnswer.Refuse(603));

    public ValueTask<int> OnUnsolicitedNotifyAsync(SipRequest notify, CancellationToken cancellationToken)
    {
        Notifies.Writer.TryWrite(notify);
        return new(200);
    }
}

/// <summary>Two endpoints on loopback: one that is called and one that calls.</summary>
internal sealed class Peers : IAsyncDisposable
{
    public const string Offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    public const string Answer = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

    /// <summary>Short enough that a lost message costs little, long enough for a busy machine.</summary>
    public static readonly SipTimers Fast = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(250));

    public static readonly NameAddress Alice = NameAddress.Parse("\"Alice\" <sip:alice@example.test>");

    private readonly SipTransportKind _transport;
    private readonly TestCertificates? _certificates;

    private Peers(SipTransportKind transport, TestCertificates? certificates, SipOptions server, SipOptions client, TimeProvider? time)
    {
        _transport = transport;
        _certificates = certificates;
        Server = new SipEndpoint(server, Application, NullLoggerFactory.Instance, time);
        Client = new SipEndpoint(client, Phone, NullLoggerFactory.Instance, time);
    }

    public TestApplication Application { get; } = new();

    public TestApplication Phone { get; } = new();

    public SipEndpoint Server { get; }

    public SipEndpoint Client { get; }

    public IPEndPoint ServerEndPoint => Server.Bound.First(b => b.Transport == _transport).EndPoint;

    public SipUri Uri(string user = "bob") =>
        SipUri.Create(user, ServerEndPoint.Address.ToString(), ServerEndPoint.Port, _transport == SipTransportKind.Wss ? "wss" : _transport.UriParameter);

    public static SipOptions Options(SipTransportKind transport, IWireFilter? filter = null, IPAddress? address = null) => new()
    {
        Listen = [new SipListenPoint(transport, new IPEndPoint(address ?? IPAddress.Loopback, 0))],
        Timers = Fast,
        Filter = filter,
    };

    public static async Task<Peers> StartAsync(SipTransportKind transport = SipTransportKind.Udp,
        Func<SipOptions, SipOptions>? server = null, Func<SipOptions, SipOptions>? client = null, TimeProvider? time = null, IPAddress? address = null)
    {
        var certificates = transport.IsSecure ? new TestCertificates() : null;
        var options = Options(transport, address: address) with { Tls = certificates?.Tls() ?? new SipTlsOptions() };
        var peers = new Peers(transport, certificates, (server ?? (o => o))(options), (client ?? (o => o))(options), time);
        await peers.Server.StartAsync(default);
        await peers.Client.StartAsync(default);
        return peers;
    }

    public OutgoingCallRequest Order(string user = "bob") => new()
    {
        Target = Uri(user),
        From = Alice,
        Offer = SipBody.Sdp(Offer),
    };

    /// <summary>A call that is up, seen from both sides.</summary>
    public async Task<(IIncomingCall In, IOutgoingCall Out)> ConnectAsync()
    {
        var calling = Client.CallAsync(Order(), default);
        var incoming = await Application.Calls.Reader.Next();
        Assert.True(await incoming.AnswerAsync(Answer));
        var result = await calling.Soon();
        Assert.NotNull(result.Call);
        await incoming.Acknowledged.Soon();
        return (incoming, result.Call);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        _certificates?.Dispose();
    }
}

/// <summary>Loses what the test names, and counts it.</summary>
internal sealed class Losses : IWireFilter
{
    private readonly ConcurrentDictionary<string, int> _lose = new();

    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();

    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Loses the next <paramref name="count"/> messages whose first line contains the text.</summary>
    public Losses Lose(string firstLine, int count)
    {
        _lose[firstLine] = count;
        return this;
    }

    public bool Drops(bool outgoing, ReadOnlySpan<byte> message, IPEndPoint remote)
    {
        var text = System.Text.Encoding.UTF8.GetString(message);
        var line = (outgoing ? "> " : "< ") + text.Split("\r\n", 2)[0];
        var cseq = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase)) ?? "";
        line = $"{line} [{cseq}]";
        Seen.Enqueue(line);
        _changes.Writer.TryWrite(line);
        foreach (var (wanted, left) in _lose)
        {
            if (left > 0 && line.Contains(wanted, StringComparison.Ordinal))
            {
                _lose[wanted] = left - 1;
                return true;
            }
        }
        return false;
    }

    /// <summary>Waits until so many messages have matched.</summary>
    public async Task Until(string text, int count)
    {
        while (Count(text) < count)
            await _changes.Reader.Next();
    }

    public int Count(string text) => Seen.Count(l => l.Contains(text, StringComparison.Ordinal));
}

internal static class Guard
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();

    public static Task<T> Next<T>(this ChannelReader<T> reader) => reader.ReadAsync().AsTask().Soon();

    public static async Task Wait(this CancellationToken token)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (token.Register(() => source.TrySetResult()))
            await source.Task.Soon();
    }
}
