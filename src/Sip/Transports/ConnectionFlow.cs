using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Sip.Transports;

/// <summary>One connection, accepted or made. Sends are queued, so that a slow peer holds up nobody else.</summary>
internal abstract partial class ConnectionFlow : SipFlow
{
    /// <summary>Messages that wait for a slow peer; the next one fails, and its transaction with it.</summary>
    private const int MaxQueued = 1024;

    /// <summary>Names under which one connection can be found besides; a client asks for one.</summary>
    private const int MaxAliases = 4;

    private readonly Channel<(byte[] Message, ISendObserver? Observer)> _outgoing =
        Channel.CreateBounded<(byte[], ISendObserver?)>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    private readonly ConcurrentDictionary<ISendObserver, byte> _watching = new(ReferenceEqualityComparer.Instance);
    private readonly ILogger _logger;
    private ImmutableArray<FlowKey> _aliases = [];
    private volatile string? _closed;

    protected ConnectionFlow(SipTransportKind kind, IPEndPoint remote, SipAddress own, FlowSettings settings)
        : base(kind, remote, own)
    {
        Layer = settings.Layer;
        _logger = settings.Logger;
        Watchdog = new ConnectionWatchdog(settings.Options, settings.IsOurs, kind.IsWebSocket, settings.Time, Ping, Cut);
    }

    public override bool IsOpen => _closed is null;

    public ImmutableArray<FlowKey> Aliases => _aliases;

    protected TransportLayer Layer { get; }

    protected ConnectionWatchdog Watchdog { get; }

    public override void Send(byte[] message, ISendObserver? observer)
    {
        if (Layer.Leaves(message, this) && !TryQueue(message, observer))
            Fail(observer, _closed ?? "too many messages wait for this peer");
    }

    /// <summary>False when it is known already, or one too many.</summary>
    public bool TryAddAlias(FlowKey key) => ImmutableInterlocked.Update(
        ref _aliases, static (all, k) => all.Length == MaxAliases || all.Contains(k) ? all : all.Add(k), key);

    public override void Watch(ISendObserver observer)
    {
        _watching[observer] = 0;
        if (_closed is { } reason && _watching.TryRemove(observer, out _))
            Fail(observer, reason);
    }

    public override void Unwatch(ISendObserver observer) => _watching.TryRemove(observer, out _);

    /// <summary>Serves the connection until it ends.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var sending = SendAllAsync();
        Watchdog.Start();
        try
        {
            await ReceiveAllAsync(stopping);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The peer is gone, or we stop: either way the connection ends, which its transactions are told.
        }
        finally
        {
            Watchdog.Dispose();
            Close("the connection was closed");
            await sending;
        }
    }

    /// <summary>Receives until the peer closes or can't be understood any more.</summary>
    protected abstract Task ReceiveAllAsync(CancellationToken stopping);

    /// <summary>Writes one message; it has left us when this is done.</summary>
    protected abstract Task WriteAsync(byte[] message);

    /// <summary>Cuts the connection: what is under way fails.</summary>
    protected abstract void Abort();

    /// <summary>RFC 5626 §3.5.1: what a ping is answered with.</summary>
    protected void Pong() => TryQueue("\r\n"u8.ToArray(), null);

    private void Ping() => TryQueue("\r\n\r\n"u8.ToArray(), null);

    private bool TryQueue(byte[] octets, ISendObserver? observer) => _outgoing.Writer.TryWrite((octets, observer));

    private void Cut(string reason)
    {
        Log.Cut(_logger, this, reason);
        Close(reason);
        Abort();
    }

    private void Close(string reason)
    {
        _closed ??= reason;
        _outgoing.Writer.TryComplete();
        // RFC 3261 §17.1.4: whoever waits for a response that would have come by this connection waits in vain.
        foreach (var observer in _watching.Keys)
        {
            if (_watching.TryRemove(observer, out _))
                Fail(observer, reason);
        }
    }

    private async Task SendAllAsync()
    {
        await foreach (var (message, observer) in _outgoing.Reader.ReadAllAsync())
        {
            var sent = false;
            try
            {
                await WriteAsync(message);
                sent = true;
            }
            catch (Exception e) when (IsEnd(e) || e is InvalidOperationException)
            {
                Close("the connection was closed");
            }
            if (!sent)
                observer?.SendFailed("the connection was closed");
        }
    }

    private static bool IsEnd(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or ConnectionResetException or ConnectionAbortedException or WebSocketException;

    private static partial class Log
    {
        [LoggerMessage(4012, LogLevel.Information, "{Flow}: closed: {Reason}")]
        public static partial void Cut(ILogger logger, SipFlow flow, string reason);
    }
}

/// <summary>What every connection is given.</summary>
/// <param name="Layer">Takes what is received.</param>
/// <param name="Options">The time-outs.</param>
/// <param name="IsOurs">Whether we opened it.</param>
/// <param name="Logger">Where it logs.</param>
/// <param name="Time">The clock.</param>
internal sealed record FlowSettings(TransportLayer Layer, SipOptions Options, bool IsOurs, ILogger Logger, TimeProvider Time);
