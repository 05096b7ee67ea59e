using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Tls;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Dtls;

/// <summary>
/// The association of one call from which its keys come (RFC 5763, RFC 5764). Handshakes run on threads of their own; the thread that
/// receives only puts datagrams into a queue. May be used by several threads.
/// </summary>
internal sealed partial class DtlsAssociation(
    DtlsHandshakes handshakes, DtlsParameters parameters, Socket socket, Action<SrtpKeys, SocketAddress> established, ILogger logger) : IAsyncDisposable
{
    /// <summary>
    /// How often a handshake may fail before the call gets none any more: who sits between may break one by a forged datagram, and who
    /// tries certificates shall not do so for ever.
    /// </summary>
    private const int MaxFailures = 5;

    /// <summary>
    /// How many cookies a call gives out to addresses that nobody named: a phone behind address translation needs one, or some when it is
    /// in a hurry; each costs the receiving thread some microseconds.
    /// </summary>
    private const int MaxCookies = 50;

    /// <summary>How many handshakes such addresses may begin, apart from those of <see cref="MaxFailures"/>.</summary>
    private const int MaxUnproved = 3;

    private readonly Lock _gate = new();
    private DtlsDatagrams? _datagrams;
    private DtlsTransport? _transport;
    private Task _running = Task.CompletedTask;
    private int _failures;
    private int _cookies;
    private int _unproved;
    private bool _reading;
    private bool _closed;

    /// <summary>RFC 7983 §7: true for a datagram that can only be DTLS among all that share the port.</summary>
    public static bool IsDtls(ReadOnlySpan<byte> datagram) => datagram.Length > 0 && datagram[0] is >= 20 and <= 63;

    /// <summary>The way to the other side is known: if we begin, we do so now.</summary>
    public void Begin(SocketAddress peer)
    {
        lock (_gate)
        {
            if (parameters.IsClient)
                TryStart(peer);
        }
    }

    /// <summary>Takes a datagram.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="isProved">That is who it says, by a check of ICE or by the description; else it has to send back a cookie first.</param>
    public void Received(ReadOnlySpan<byte> datagram, SocketAddress source, bool isProved)
    {
        lock (_gate)
        {
            if (_datagrams is null && !parameters.IsClient && !isProved)
            {
                // RFC 6347 §4.2.1: no state, no thread and no long answer for an address that may be forged.
                if (_unproved < MaxUnproved && _cookies++ < MaxCookies && handshakes.Verify(datagram, source, socket) is { } request)
                {
                    _unproved++;
                    TryStart(source, request);
                }
                return;
            }
            if (_datagrams is null && !parameters.IsClient)
                TryStart(source);
            if (_datagrams is null || !_datagrams.Peer.Equals(source))
                return;
            _datagrams.Add(datagram);
            // After the handshake there is little to read: a last flight that was lost and comes again, or the end.
            if (_transport is not { } transport || _reading)
                return;
            _reading = true;
            ThreadPool.UnsafeQueueUserWorkItem(_ => Read(transport), null);
        }
    }

    /// <summary>Says that the association ends.</summary>
    public async ValueTask DisposeAsync()
    {
        DtlsTransport? transport;
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            transport = _transport;
            _datagrams?.Close();
        }
        await _running;
        transport?.Close();
    }

    private void TryStart(SocketAddress peer, DtlsRequest? request = null)
    {
        if (_closed || _datagrams is not null || _failures == MaxFailures)
            return;
        var copy = new SocketAddress(peer.Family, peer.Size);
        peer.Buffer.Span[..peer.Size].CopyTo(copy.Buffer.Span);
        var datagrams = new DtlsDatagrams(socket, copy);
        if (handshakes.TryRun(() => ShakeHands(datagrams, request)) is not { } running)
            return;
        (_datagrams, _running) = (datagrams, running);
    }

    private void ShakeHands(DtlsDatagrams datagrams, DtlsRequest? request)
    {
        try
        {
            var (transport, keys) = parameters.IsClient ? Connect(datagrams) : Accept(datagrams, request);
            lock (_gate)
            {
                _transport = transport;
                if (!_closed)
                    established(keys, datagrams.Peer);
                else
                    keys.Dispose();
            }
            Log.Established(logger, keys.Suite.Name);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever the other side's octets lead the library to: this handshake has failed, and the process goes on.
            lock (_gate)
            {
                if (request is null)
                    _failures++;
                _datagrams = null;
                if (!_closed)
                    Log.Failed(logger, fault.Message);
            }
        }
    }

    private (DtlsTransport, SrtpKeys) Accept(DtlsDatagrams datagrams, DtlsRequest? request)
    {
        var server = new SrtpTlsServer(handshakes.Identity, parameters.Remote);
        return (new DtlsServerProtocol().Accept(server, datagrams, request), server.Keys!);
    }

    private (DtlsTransport, SrtpKeys) Connect(DtlsDatagrams datagrams)
    {
        var client = new SrtpTlsClient(handshakes.Identity, parameters.Remote);
        return (new DtlsClientProtocol().Connect(client, datagrams), client.Keys!);
    }

    // What is sent inside the association is nothing that we know (data channels are not offered).
    private void Read(DtlsTransport transport)
    {
        Span<byte> content = stackalloc byte[2048];
        try
        {
            while (transport.Receive(content, 1) >= 0)
            {
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!_closed)
                Log.Ended(logger, fault.Message);
        }
        lock (_gate)
            _reading = false;
    }

    private static partial class Log
    {
        [LoggerMessage(3030, LogLevel.Debug, "DTLS agreed on {Suite}")]
        public static partial void Established(ILogger logger, string suite);

        [LoggerMessage(3031, LogLevel.Information, "A DTLS handshake failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(3032, LogLevel.Debug, "A DTLS association ended: {Reason}")]
        public static partial void Ended(ILogger logger, string reason);
    }
}
