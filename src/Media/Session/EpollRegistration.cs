using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Media.Session;

/// <summary>A socket that an <see cref="EpollReceiver"/> reads, and who gets what comes.</summary>
internal sealed class EpollRegistration(EpollReceiver receiver, Socket socket, IDatagramHandler handler, ulong key) : IAsyncDisposable
{
    // What comes in 20 ms of a usual stream is one.
    private const int MostInARow = 8;

    // Held while the handler runs. Who disposes waits for it and knows that it runs no more; the handler itself may dispose.
    private readonly Lock _running = new();
    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly bool _isVersion6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
    private bool _ended;
    private int _failures;

    public ulong Key => key;

    public SafeSocketHandle Handle => _handle;

    /// <summary>Whether its turn was over before all was read. The receiver's own.</summary>
    public bool IsUnfinished { get; set; }

    /// <summary>What a datagram needs, this among it; null when nobody said.</summary>
    public WorkingSet? JoinWorkingSet()
    {
        if (handler.WorkingSet is not { } working)
            return null;
        working[WorkingPart.Registration] = this;
        working[WorkingPart.Socket] = _handle;
        return working;
    }

    /// <summary>Hands on what has come, so many datagrams at most that the others have their turn.</summary>
    /// <returns>True when there may be more.</returns>
    public bool Receive(byte[] buffer, SocketAddress source4, SocketAddress source6)
    {
        lock (_running)
        {
            try
            {
                for (var i = 0; i < MostInARow; i++)
                {
                    if (_ended || !TryReceive(buffer, _isVersion6 ? source6 : source4))
                        return false;
                }
                return true;
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
            return false;
        }
    }

    private bool TryReceive(byte[] buffer, SocketAddress source)
    {
        var length = LinuxSockets.Receive(_handle, buffer, source);
        if (length < 0)
            return HasFailed(Marshal.GetLastPInvokeError());
        _failures = 0;
        if (length <= buffer.Length)
            handler.Received(buffer.AsSpan(0, length), source);
        return true;
    }

    public ValueTask DisposeAsync()
    {
        lock (_running)
            End();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    // A datagram whose checksum was wrong is gone when we look; an earlier one of ours may have been refused by the host it went to.
    // Neither says anything about the next. True when there may be one.
    private bool HasFailed(int error)
    {
        if (error == LinuxSockets.WouldBlock)
            return false;
        if (error == LinuxSockets.Interrupted || ++_failures < DatagramReceivers.MaxFailuresInARow)
            return true;
        DatagramReceivers.Log.Stopped(receiver.Logger, $"error {error}");
        End();
        return false;
    }

    private void End()
    {
        if (_ended)
            return;
        _ended = true;
        receiver.Remove(this);
    }
}
