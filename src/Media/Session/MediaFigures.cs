namespace UnifiedMsg.Media.Session;

/// <summary>What a call sent and received so far.</summary>
public readonly record struct MediaFigures
{
    /// <summary>RTP packets that belong to the call.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Packets that the sequence numbers show to be missing; less what came twice.</summary>
    public long PacketsLost { get; init; }

    /// <summary>Packets that came twice, or when their place was already filled.</summary>
    public long PacketsLate { get; init; }

    /// <summary>Datagrams of others than the other side of the call, dropped.</summary>
    public long PacketsOfStrangers { get; init; }

    /// <summary>Packets of ours that came back to us, dropped (RFC 3550 §8.2).</summary>
    public long PacketsLooped { get; init; }

    /// <summary>Datagrams that were no RTP or RTCP, or of a payload type that was not agreed on, dropped.</summary>
    public long PacketsUnusable { get; init; }

    /// <summary>How often the source changed in mid-call.</summary>
    public int SourceChanges { get; init; }

    /// <summary>The interarrival jitter of the current source (RFC 3550 §6.4.1).</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>RTP packets sent.</summary>
    public long PacketsSent { get; init; }

    /// <summary>Of ours, how many the other side said to have lost.</summary>
    public int? PacketsLostByRemote { get; init; }

    /// <summary>The jitter that the other side reported.</summary>
    public TimeSpan? JitterAtRemote { get; init; }

    /// <summary>The round trip, from the other side's reports (RFC 3550 §6.4.1).</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>What a listener would say of what we received, from 1 (bad) to 4.5 (excellent): an estimate of loss and delay after ITU-T
    /// G.107; null while nothing came.</summary>
    public double? MeanOpinionScore { get; init; }

    /// <summary>The same of what the other side received of us, by its reports; null without one.</summary>
    public double? MeanOpinionScoreAtRemote { get; init; }

    /// <summary>The other side said BYE.</summary>
    public bool RemoteLeft { get; init; }
}
