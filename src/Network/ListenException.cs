using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Network;

/// <summary>A listener could not take one of its endpoints; the message names the listener, the endpoint and the remedy.</summary>
public sealed class ListenException : IOException
{
    /// <summary>For listeners of other kinds, such as datagram sockets.</summary>
    public ListenException(string name, IPEndPoint endPoint, Exception inner)
        : base($"{name}: can't listen on {endPoint}: {Reason(endPoint, inner)}", inner)
    {
        Name = name;
        EndPoint = endPoint;
    }

    /// <summary>The listener's name, as given in its options.</summary>
    public string Name { get; }

    /// <summary>The endpoint that could not be had.</summary>
    public IPEndPoint EndPoint { get; }

    private static string Reason(IPEndPoint endPoint, Exception inner)
    {
        var error = (inner as SocketException ?? inner.InnerException as SocketException)?.SocketErrorCode;
        return error switch
        {
            SocketError.AddressAlreadyInUse => "another program uses this port",
            SocketError.AccessDenied when endPoint.Port is > 0 and < 1024 =>
                "permission denied (ports below 1024 need root or the capability CAP_NET_BIND_SERVICE)",
            SocketError.AddressNotAvailable => "this machine has no such address",
            _ => inner.Message,
        };
    }
}
