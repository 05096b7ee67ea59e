using System.Net;

namespace UnifiedMsg.Voicemail;

/// <summary>What voice mail needs to know of the installation.</summary>
public sealed record VoicemailOptions
{
    /// <summary>The address that messages about calls come from, such as <c>voicemail@example.test</c>.</summary>
    public required string ServiceAddress { get; init; }

    /// <summary>The folder of the dial plan.</summary>
    public required string DialPlans { get; init; }

    /// <summary>The folder of calls under way and of recordings not delivered yet.</summary>
    public required string Spool { get; init; }

    /// <summary>Where RTP is received; a wildcard address receives on every address and tells each caller the one it reaches us by.</summary>
    public required IPAddress RtpAddress { get; init; }

    /// <summary>The address that callers elsewhere are told instead, when they reach us through address translation; null for the local one.</summary>
    public IPAddress? AdvertisedAddress { get; init; }

    /// <summary>The first and last UDP port of RTP and RTCP; null for any free ones.</summary>
    public (int First, int Last)? RtpPorts { get; init; }

    /// <summary>The largest message, in octets.</summary>
    public long MaxMessageSize { get; init; } = 200 * 1024 * 1024;

    /// <summary>How long to wait before a delivery that failed is tried again, first and at most.</summary>
    public (TimeSpan First, TimeSpan Most) DeliveryRetry { get; init; } = (TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));

    /// <summary>How long a message waits for its transcript at most.</summary>
    public TimeSpan TranscriptMaxWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long calls may still go on when the server stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);
}
