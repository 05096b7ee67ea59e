using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Session;

/// <summary>The portable receiver: one asynchronous receive loop a socket, without an allocation for a packet.</summary>
public sealed class SocketReceiver(ILogger logger) : IDatagramReceiver
{
    /// <inheritdoc/>
    public IAsyncDisposable Start(Socket socket, IDatagramHandler handler) => new Loop(socket, handler, logger);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Loop : IAsyncDisposable
    {
        // One more than we take shows that a datagram is longer.
        private const int BufferLength = IDatagramReceiver.MaxLength + 1;

        private readonly Socket _socket;
        private readonly IDatagramHandler _handler;
        private readonly ILogger _logger;
        private readonly Task _running;
        private volatile bool _closed;
        private volatile int _threadOfHandler;

        public Loop(Socket socket, IDatagramHandler handler, ILogger logger)
        {
            _socket = socket;
            _handler = handler;
            _logger = logger;
            // What waits already would be handled inside the constructor.
            _running = Task.Run(RunAsync);
        }

        public async ValueTask DisposeAsync()
        {
            _closed = true;
            _socket.Dispose();
            // The handler itself may dispose; it is its own end that it would wait for.
            if (_threadOfHandler != Environment.CurrentManagedThreadId)
                await _running;
        }

        private async Task RunAsync()
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            var source = new SocketAddress(_socket.AddressFamily);
            var failures = 0;
            while (!_closed && failures < DatagramReceivers.MaxFailuresInARow)
            {
                try
                {
                    var length = await _socket.ReceiveFromAsync(buffer.AsMemory(0, BufferLength), SocketFlags.None, source);
                    failures = 0;
                    if (!_closed && length < BufferLength)
                        Pass(buffer.AsSpan(0, length), source);
                }
                catch (SocketException fault) when (fault.SocketErrorCode == SocketError.MessageSize)
                {
                    // Too long, which anybody may send and says nothing about the socket.
                }
                catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    // Closing ends the receive with one of these. While open, an earlier datagram of ours may have been refused by the
                    // host it went to: that says nothing about the next.
                    failures++;
                    if (!_closed && failures == DatagramReceivers.MaxFailuresInARow)
                        DatagramReceivers.Log.Stopped(_logger, fault.Message);
                }
            }
            ArrayPool<byte>.Shared.Return(buffer);
        }

        private void Pass(ReadOnlySpan<byte> datagram, SocketAddress source)
        {
            _threadOfHandler = Environment.CurrentManagedThreadId;
            try
            {
                _handler.Received(datagram, source);
            }
            // One call must not end more than itself.
            catch (Exception fault)
            {
                DatagramReceivers.Log.HandlerFailed(_logger, fault);
                _closed = true;
            }
            _threadOfHandler = 0;
        }
    }
}
