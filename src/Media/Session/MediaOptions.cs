using System.Net;

namespace UnifiedMsg.Media.Session;

/// <summary>Where calls get their ports, and the times that hold for all of them.</summary>
public sealed record MediaOptions
{
    /// <summary>The address that RTP is bound to.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The first port of the range; 0 takes any free ones.</summary>
    public int FirstPort { get; init; }

    /// <summary>The last port of the range.</summary>
    public int LastPort { get; init; }

    /// <summary>How long the ports of an ended call rest, so that no call gets the packets of the one before.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The receive buffer of a socket in bytes: 256 KiB hold ten seconds of a call while the process is busy elsewhere.</summary>
    public int ReceiveBuffer { get; init; } = 256 * 1024;

    /// <summary>How datagrams are received.</summary>
    public DatagramReceiving Receiving { get; init; } = DatagramReceiving.Auto;

    /// <summary>The mean time between RTCP reports (RFC 3550 §6.2).</summary>
    public TimeSpan RtcpInterval { get; init; } = TimeSpan.FromSeconds(5);
}
