using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Interop.Programs;

/// <summary>Ports for programs that can't be told to take any free one and say which.</summary>
internal static class FreePort
{
    /// <summary>A port of loopback that was free for UDP and TCP a moment ago.</summary>
    public static int Next()
    {
        for (; ; )
        {
            using var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            var endPoint = (IPEndPoint)tcp.LocalEndpoint;
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(endPoint);
                return endPoint.Port;
            }
            catch (SocketException)
            {
                // Taken for UDP; the next one.
            }
        }
    }
}
