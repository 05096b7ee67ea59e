using System.Net;
using System.Net.Sockets;
using Org.BouncyCastle.Tls;

namespace UnifiedMsg.Media.Dtls;

/// <summary>
/// The datagrams of one association, between the thread that receives them and the one that shakes hands. What comes faster than it is read
/// is dropped, and sent again by a peer that means it.
/// </summary>
internal sealed class DtlsDatagrams(Socket socket, SocketAddress peer) : DatagramTransport
{
    /// <summary>The longest datagram of ours: what any path carries in one piece.</summary>
    private const int SendLimit = 1200;

    private const int ReceiveLimit = 2048;

    /// <summary>More than the flights of a handshake have together.</summary>
    private const int MaxWaiting = 16;

    private readonly Queue<byte[]> _waiting = new();
    private bool _closed;

    /// <summary>Who is at the other end.</summary>
    public SocketAddress Peer => peer;

    /// <summary>Adds one that was received.</summary>
    public void Add(ReadOnlySpan<byte> datagram)
    {
        lock (_waiting)
        {
            if (_closed || _waiting.Count == MaxWaiting)
                return;
            _waiting.Enqueue(datagram.ToArray());
            Monitor.Pulse(_waiting);
        }
    }

    public int GetReceiveLimit() => ReceiveLimit;

    public int GetSendLimit() => SendLimit;

    public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    /// <exception cref="IOException">It was closed.</exception>
    public int Receive(Span<byte> buffer, int waitMillis)
    {
        lock (_waiting)
        {
            if (!_closed && _waiting.Count == 0)
                Monitor.Wait(_waiting, Math.Max(waitMillis, 1));
            if (_closed)
                throw new IOException("The call is over");
            if (!_waiting.TryDequeue(out var datagram))
                return -1;
            var length = Math.Min(datagram.Length, buffer.Length);
            datagram.AsSpan(0, length).CopyTo(buffer);
            return length;
        }
    }

    public void Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

    public void Send(ReadOnlySpan<byte> buffer)
    {
        try
        {
            socket.SendTo(buffer, SocketFlags.None, peer);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // For the other side a lost datagram, which is sent again, or the end of a call.
        }
    }

    /// <summary>Whoever waits for a datagram is told that none comes any more.</summary>
    public void Close()
    {
        lock (_waiting)
        {
            _closed = true;
            _waiting.Clear();
            Monitor.PulseAll(_waiting);
        }
    }
}
