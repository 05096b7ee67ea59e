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
        private readonly Socket socket;
        private readonly IDatagramHandler handler;
        private readonly ILogger logger;
        private readonly Task running;
        private volatile bool closed;

        public Loop(Socket socket, IDatagramHandler handler, ILogger logger)
        {
            this.socket = socket;
            this.handler = handler;
            this.logger = logger;
            running = RunAsync();
        }

        public async ValueTask DisposeAsync()
        {
            closed = true;
            socket.Dispose();
            await running;
        }

        private async Task RunAsync()
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            var source = new SocketAddress(socket.AddressFamily);
            var failures = 0;
            while (!closed && failures < MaxFailuresInARow)
            {
                try
                {
                    var length = await socket.ReceiveFromAsync(buffer.AsMemory(0, BufferLength), SocketFlags.None, source);
                    failures = 0;
                    if (!closed)
                        handler.Received(buffer.AsSpan(0, length), source);
                }
                catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    // Closing ends the receive with one of these. While open, a datagram may be too long, or an earlier one of ours
                    // was refused by the host it went to: neither says anything about the next.
                    failures++;
                    if (!closed && failures == MaxFailuresInARow)
                        Log.Stopped(logger, socket.AddressFamily, fault);
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
