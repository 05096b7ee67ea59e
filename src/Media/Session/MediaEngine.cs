using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Dtls;

namespace UnifiedMsg.Media.Session;

/// <summary>What all calls share: the clock, the ports, the way in which datagrams are received. One a process.</summary>
public sealed partial class MediaEngine : IAsyncDisposable
{
    private readonly IDatagramReceiver _receiver;
    private readonly ILogger _logger;

    /// <summary>Starts the engine.</summary>
    /// <param name="options">Addresses, ports, times.</param>
    /// <param name="time">The time of day and the steady clock.</param>
    /// <param name="logger">Where faults are told; null for nowhere.</param>
    /// <param name="receiver">How datagrams are received; null for what the options say.</param>
    /// <exception cref="PlatformNotSupportedException">The system can't receive as the options say.</exception>
    public MediaEngine(MediaOptions options, TimeProvider time, ILogger? logger = null, IDatagramReceiver? receiver = null)
    {
        Options = options;
        _logger = logger ?? NullLogger.Instance;
        _receiver = receiver ?? DatagramReceivers.Create(options.Receiving, _logger);
        Ports = new RtpPortPool(options, time);
        Clock = new MediaClock(time, _logger);
        Started = time.GetUtcNow();
        Handshakes = new DtlsHandshakes(time);
        Log.Started(_logger, _receiver.GetType().Name, options.Address.ToString());
    }

    /// <summary>What the engine was started with.</summary>
    public MediaOptions Options { get; }

    internal ILogger Logger => _logger;

    /// <summary>The time of day at which the clock began.</summary>
    internal DateTimeOffset Started { get; }

    internal MediaClock Clock { get; }
    internal DtlsHandshakes Handshakes { get; }
    internal RtpPortPool Ports { get; }

    /// <summary>Binds the ports of a call. It receives from <see cref="AudioSession.Start"/> on.</summary>
    /// <param name="name">What the log calls it; null for its port.</param>
    /// <exception cref="IOException">No port is free.</exception>
    public AudioSession OpenSession(string? name = null)
    {
        var (rtp, rtcp) = Ports.Rent();
        return new AudioSession(this, _receiver, rtp, rtcp, name ?? rtp.LocalEndPoint!.ToString()!);
    }

    /// <summary>Stops the clock. Sessions are to be closed before.</summary>
    public async ValueTask DisposeAsync()
    {
        Clock.Dispose();
        await _receiver.DisposeAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "Media on {Address}, received by {Receiver}")]
        public static partial void Started(ILogger logger, string receiver, string address);
    }
}
