using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Session;

/// <summary>Which way datagrams are received.</summary>
public enum DatagramReceiving
{
    /// <summary>The best that the system has.</summary>
    Auto,

    /// <summary><see cref="EpollReceiver"/>, on Linux only.</summary>
    Epoll,

    /// <summary><see cref="SocketReceiver"/>, everywhere.</summary>
    Sockets,
}

/// <summary>What the ways have in common.</summary>
internal static partial class DatagramReceivers
{
    /// <summary>A socket that only fails would keep a processor busy: after so many failures in a row it is not read any more.</summary>
    public const int MaxFailuresInARow = 100;

    /// <summary>The receiver of a system.</summary>
    /// <exception cref="PlatformNotSupportedException">It was asked for by name and the system does not have it.</exception>
    public static IDatagramReceiver Create(DatagramReceiving way, ILogger logger)
    {
        if (way == DatagramReceiving.Sockets || way == DatagramReceiving.Auto && !EpollReceiver.IsSupported)
            return new SocketReceiver(logger);
        try
        {
            return new EpollReceiver(logger);
        }
        // A sandbox may forbid the calls.
        catch (IOException fault) when (way == DatagramReceiving.Auto)
        {
            Log.FellBack(logger, fault.Message);
            return new SocketReceiver(logger);
        }
    }

    internal static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "A media socket only fails ({Error}); it is not read any more")]
        public static partial void Stopped(ILogger logger, string error);

        [LoggerMessage(3003, LogLevel.Error, "A call failed on a datagram; its socket is not read any more")]
        public static partial void HandlerFailed(ILogger logger, Exception fault);

        [LoggerMessage(3004, LogLevel.Warning, "Datagrams are received the portable way, which takes more of the processor: {Reason}")]
        public static partial void FellBack(ILogger logger, string reason);

        [LoggerMessage(3005, LogLevel.Critical, "Media is not received any more: error {Error} of the system")]
        public static partial void Broken(ILogger logger, int error);
    }
}
