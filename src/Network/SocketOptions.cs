using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace UnifiedMsg.Network;

/// <summary>How Kestrel's transport takes and serves the sockets of a listener.</summary>
internal static class SocketOptions
{
    public static SocketTransportOptions For(StreamListenerOptions options)
    {
        var transport = new SocketTransportOptions
        {
            // What one client may have us hold unread and unsent; above it the kernel's window closes.
            MaxReadBufferSize = 128 * 1024,
            MaxWriteBufferSize = 128 * 1024,
            WaitForDataBeforeAllocatingBuffer = true,
        };
        if (options.SeparateAddressFamilies)
            transport.CreateBoundListenSocket = Bind;
        return transport;
    }

    private static Socket Bind(EndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
