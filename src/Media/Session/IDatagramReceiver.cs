using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Session;

/// <summary>How datagrams get from sockets to their sessions: the seam between the portable way and those of one operating system.</summary>
public interface IDatagramReceiver : IAsyncDisposable
{
    /// <summary>The longest datagram that is passed on, in bytes: what an Ethernet carries unfragmented is less. Longer ones are dropped.</summary>
    const int MaxLength = 2048;

    /// <summary>From now on what <paramref name="socket"/> receives goes to <paramref name="handler"/>, one datagram at a time.</summary>
    /// <returns>Disposing it closes the socket; afterwards the handler is not called any more.</returns>
    /// <exception cref="IOException">The system does not take the socket.</exception>
    IAsyncDisposable Start(Socket socket, IDatagramHandler handler);
}

/// <summary>Takes the datagrams of one socket.</summary>
public interface IDatagramHandler
{
    /// <summary>
    /// Takes one datagram. It must not block; the memory is used again when it returns. When it throws, the log says why and its socket is
    /// not read any more; others go on.
    /// </summary>
    /// <param name="datagram">What was received.</param>
    /// <param name="source">Where it came from; copy it to keep it.</param>
    void Received(ReadOnlySpan<byte> datagram, SocketAddress source);

    /// <summary>What it works on for each; null when datagrams are so few that it does not matter.</summary>
    WorkingSet? WorkingSet => null;
}
