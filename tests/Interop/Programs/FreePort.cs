using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Interop.Programs;

/// <summary>Ports for programs that can't be told to take any free one and say which.</summary>
internal static class FreePort
{
    // Below those that the system gives to whoever asks for any port, so that nobody comes upon them by chance.
    private const int First = 12_000;
    private const int Last = 18_999;

    // The tests of this process share the machine's ports: each gets others than the one before.
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>A port of loopback that is free for UDP and TCP.</summary>
    public static int Next() => Block(1);

    /// <summary>The first of several ports in a row, all free.</summary>
    public static int Block(int count)
    {
        for (var tries = 0; tries < Last - First; tries++)
        {
            var first = First + (Interlocked.Add(ref _next, count) % (Last - First - count));
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        }
        throw new InvalidOperationException($"no {count} ports in a row are free from {First} to {Last}");
    }

    private static bool IsFree(int port)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, port);
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            tcp.Bind(endPoint);
            udp.Bind(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
