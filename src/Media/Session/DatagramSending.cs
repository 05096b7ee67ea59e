using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Session;

/// <summary>Sends datagrams of which each may be lost.</summary>
internal static class DatagramSending
{
    /// <summary>Sends without waiting; false when the system did not take it.</summary>
    public static bool TrySend(Socket socket, ReadOnlySpan<byte> datagram, SocketAddress destination)
    {
        if (OperatingSystem.IsLinux())
            return LinuxSockets.Send(socket.SafeHandle, datagram, destination);
        try
        {
            socket.SendTo(datagram, SocketFlags.None, destination);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
