namespace UnifiedMsg.Sip.Messages;

/// <summary>What a message may not exceed. Each is far above what phone systems send, and bounds what one packet can cost us.</summary>
public static class SipLimits
{
    /// <summary>A whole message in octets: what one UDP datagram can carry at most, and the same over streams.</summary>
    public const int MaxMessageOctets = 64 * 1024;

    /// <summary>Start line and headers in octets. Bodies are SDP of a few kilobytes; headers grow with the proxies on the way.</summary>
    public const int MaxHeaderOctets = 32 * 1024;

    /// <summary>Header fields of one message. An INVITE through five proxies has about forty.</summary>
    public const int MaxHeaders = 200;

    /// <summary>Octets of one header field, unfolded. An Identity header with its certificate chain URL stays below 4 KiB.</summary>
    public const int MaxHeaderLineOctets = 8 * 1024;

    /// <summary>A Request-URI in octets; a longer one gets 414. With diversion targets and their parameters some have 500.</summary>
    public const int MaxUriOctets = 4 * 1024;

    /// <summary>A body in octets; a longer one gets 413. Session descriptions of browsers, the largest there are, have some ten thousand.</summary>
    public const int MaxBodyOctets = 48 * 1024;

    /// <summary>Values of one header field that are looked at, over all its lines. A proxy that takes 70 hops for a loop adds as many Vias.</summary>
    public const int MaxValuesPerHeader = 100;

    /// <summary>Parameters of one URI or header value.</summary>
    public const int MaxParameters = 64;
}
