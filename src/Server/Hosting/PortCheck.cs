using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>
/// Looks at every configured endpoint before the data folder is opened: a server that can't start changes nothing on the disk,
/// and all busy ports are told at once, with their keys.
/// </summary>
internal static class PortCheck
{
    /// <summary>Takes each endpoint for a moment.</summary>
    /// <exception cref="StartException">Some of them can't be had.</exception>
    public static void Run(ListenSection listen)
    {
        var problems = new List<string>();
        foreach (var (key, isDatagram, endPoint) in listen.All())
        {
            if (Try(isDatagram, endPoint) is { } error)
                problems.Add($"{key}: can't listen on {endPoint}: {Reason(endPoint, error)}");
        }
        var rtp = new IPEndPoint(listen.Rtp.Address, 0);
        if (Try(isDatagram: true, rtp) is { } rtpError)
            problems.Add($"listen.rtp.address: can't use {rtp.Address}: {Reason(rtp, rtpError)}");
        if (problems.Count > 0)
            throw new StartException(string.Join('\n', problems));
    }

    private static SocketException? Try(bool isDatagram, IPEndPoint endPoint)
    {
        try
        {
            using var socket = isDatagram
                ? new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
                : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endPoint);
            if (!isDatagram)
                socket.Listen();
            return null;
        }
        catch (SocketException exception)
        {
            return exception;
        }
    }

    private static string Reason(IPEndPoint endPoint, SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "another program uses this port",
        SocketError.AccessDenied when endPoint.Port is > 0 and < 1024 =>
            "permission denied (ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; or choose a higher port)",
        SocketError.AddressNotAvailable => "this machine has no such address",
        _ => error.Message,
    };
}
