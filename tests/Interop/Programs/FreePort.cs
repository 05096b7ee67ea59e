using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Interop.Programs;

/// <summary>Ports for programs that can't be told to take any free one and say which.</summary>
internal static class FreePort
{
    // Below those that the system gives to whoever asks for any port, so that nobody comes upon them by chance.
    private const int First = 12_000;
    private const int Last = 18_999;

    // A program binds its port some time after it was told which: until then nobody else may be told the same. Each process that runs tests
    // has a slice of the ports for itself, for which it holds a file, and each test gets others than the one before.
    private const int Slice = 1_000;
    private static readonly (FileStream Held, int First) Own = TakeSlice();
    private static int _next;

    /// <summary>A port of loopback that is free for UDP and TCP.</summary>
    public static int Next() => Block(1);

    /// <summary>The first of several ports in a row, all free.</summary>
    public static int Block(int count)
    {
        for (var tries = 0; tries < Slice; tries++)
        {
            var first = Own.First + (Interlocked.Add(ref _next, count) % (Slice - count));
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        }
        throw new InvalidOperationException($"no {count} ports in a row are free from {Own.First} on");
    }

    private static (FileStream Held, int First) TakeSlice()
    {
        for (var first = First; first < Last; first += Slice)
        {
            try
            {
                return (new FileStream(Path.Combine(Path.GetTempPath(), $"um-interop-ports-{first}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), first);
            }
            catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
            {
                // Another process has it.
            }
        }
        throw new InvalidOperationException($"other test runs hold all the ports from {First} to {Last}");
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
