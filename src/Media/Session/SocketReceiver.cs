using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Session;

/// <summary>The portable receiver: one asynchronous receive loop a socket, without an allocation for a packet.</summary>
public sealed partial class SocketReceiver(ILogger logger) : IDatagramReceiver
{
    // The largest datagram that an Ethernet carries unfragmented, and room to notice that one is larger.
    private const int BufferLength = 2048;

    // A socket that only fails would keep a processor busy.
    private const int MaxFailuresInARow = 100;

    /// <inheritdoc/>
    public IAsyncDisposable Start(Socket socket, IDatagramHandler handler) => new Loop(socket, handler, logger);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Loop : IAsyncDisposable
    {
        private readonly Socket _socket;
        private readonly IDatagramHandler _handler;
        private readonly ILogger _logger;
        private readonly Task _running;
        private volatile bool _closed;

        public Loop(Socket socket, IDatagramHandler handler, ILogger logger)
        {
            _socket = socket;
            _handler = handler;
            _logger = logger;
            _running = RunAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _closed = true;
            _socket.Dispose();
            await _running;
        }

        private async Task RunAsync()
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            var source = new SocketAddress(_socket.AddressFamily);
            var failures = 0;
            while (!_closed && failures < MaxFailuresInARow)
            {
                try
                {
                    var length = await _socket.ReceiveFromAsync(buffer.AsMemory(0, BufferLength), SocketFlags.None, source);
                    failures = 0;
                    if (!_closed)
                        _handler.Received(buffer.AsSpan(0, length), source);
                }
                catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    // Closing ends the receive with one of these. While open, a datagram may be too long, or an earlier one of ours
                    // was refused by the host it went to: neither says anything about the next.
                    failures++;
                    if (!_closed && failures == MaxFailuresInARow)
                        Log.Stopped(_logger, _socket.AddressFamily, fault);
                }
            }
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "An {Family} media socket only fails; it is not read any more")]
        public static partial void Stopped(ILogger logger, AddressFamily family, Exception fault);
    }
}
