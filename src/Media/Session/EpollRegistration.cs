using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Media.Session;

/// <summary>A socket that an <see cref="EpollReceiver"/> reads, and who gets what comes.</summary>
internal sealed class EpollRegistration(EpollReceiver receiver, Socket socket, IDatagramHandler handler, ulong key) : IAsyncDisposable
{
    // Held while the handler runs. Who disposes waits for it and knows that it runs no more; the handler itself may dispose.
    private readonly Lock _running = new();
    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly bool _isVersion6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
    private bool _ended;
    private int _failures;

    public ulong Key => key;

    public SafeSocketHandle Handle => _handle;

    // One datagram: one that is followed by more is reported again, after the others had their turn.
    public void Receive(byte[] buffer, SocketAddress source4, SocketAddress source6)
    {
        lock (_running)
        {
            if (_ended)
                return;
            try
            {
                var source = _isVersion6 ? source6 : source4;
                var length = LinuxSockets.Receive(_handle, buffer, source);
                if (length < 0)
                {
                    Failed(Marshal.GetLastPInvokeError());
                    return;
                }
                _failures = 0;
                if (length <= buffer.Length)
                    handler.Received(buffer.AsSpan(0, length), source);
            }
            catch (ObjectDisposedException) when (_handle.IsClosed)
            {
                // Somebody closed the socket without telling us.
                End();
            }
            // One call must not end the reception of all others.
            catch (Exception fault)
            {
                DatagramReceivers.Log.HandlerFailed(receiver.Logger, fault);
                End();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_running)
            End();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    // A datagram whose checksum was wrong is gone when we look; an earlier one of ours may have been refused by the host it went to.
    // Neither says anything about the next.
    private void Failed(int error)
    {
        if (error is LinuxSockets.WouldBlock or LinuxSockets.Interrupted || ++_failures < DatagramReceivers.MaxFailuresInARow)
            return;
        DatagramReceivers.Log.Stopped(receiver.Logger, $"error {error}");
        End();
    }

    private void End()
    {
        if (_ended)
            return;
        _ended = true;
        receiver.Remove(this);
    }
}
