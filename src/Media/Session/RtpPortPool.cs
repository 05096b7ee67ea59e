using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Hands out pairs of bound sockets: RTP on an even port, RTCP on the next (RFC 3550 §11). A pair that was given back rests before it is
/// used again.
/// </summary>
public sealed class RtpPortPool(MediaOptions options, TimeProvider time)
{
    // With any free port the system chooses; half of its choices are odd, and the next port may be taken.
    private const int MaxAttempts = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _resting = [];
    private readonly Queue<int> _order = new();
    private int _cursor = options.FirstPort + (options.FirstPort & 1);

    private int FirstEven => options.FirstPort + (options.FirstPort & 1);

    /// <summary>Binds a pair.</summary>
    /// <exception cref="IOException">All ports of the range are taken, or the address is not ours.</exception>
    public (Socket Rtp, Socket Rtcp) Rent()
    {
        var pairs = options.FirstPort == 0 ? MaxAttempts : (options.LastPort - FirstEven + 1) / 2;
        for (var attempt = 0; attempt < pairs; attempt++)
        {
            if (Bind(options.FirstPort == 0 ? 0 : NextInRange()) is { } pair)
                return pair;
        }
        throw new IOException(options.FirstPort == 0
            ? $"No free pair of RTP ports on {options.Address}"
            : $"No free pair of RTP ports on {options.Address} from {options.FirstPort} to {options.LastPort}");
    }

    /// <summary>Gives a pair back whose sockets are closed.</summary>
    public void Return(int rtpPort)
    {
        lock (_gate)
        {
            if (_resting.TryAdd(rtpPort, time.GetTimestamp()))
                _order.Enqueue(rtpPort);
        }
    }

    private int NextInRange()
    {
        lock (_gate)
        {
            if (_cursor + 1 > options.LastPort)
                _cursor = FirstEven;
            _cursor += 2;
            return _cursor - 2;
        }
    }

    private (Socket, Socket)? Bind(int port)
    {
        if (port != 0 && Rests(port) || TryBind(port) is not { } rtp)
            return null;
        var bound = ((IPEndPoint)rtp.LocalEndPoint!).Port;
        if ((bound & 1) == 0 && !Rests(bound) && TryBind(bound + 1) is { } rtcp)
            return (rtp, rtcp);
        rtp.Dispose();
        return null;
    }

    private Socket? TryBind(int port)
    {
        var socket = new Socket(options.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (options.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            // Nothing waits for a full buffer: who sends for thousands of calls must not, and a packet that finds no room is lost as on any
            // network.
            socket.Blocking = false;
            socket.ReceiveBufferSize = options.ReceiveBuffer;
            socket.Bind(new IPEndPoint(options.Address, port));
            return socket;
        }
        catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            socket.Dispose();
            return null;
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw new IOException($"RTP can't be bound to {options.Address}: {fault.Message}", fault);
        }
    }

    private bool Rests(int port)
    {
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && time.GetElapsedTime(_resting[oldest]) >= options.DrainTime)
            {
                _order.Dequeue();
                _resting.Remove(oldest);
            }
            return _resting.ContainsKey(port);
        }
    }
}
