using System.Net;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip;

/// <summary>How an endpoint listens, who it is, whom it trusts and what it bears.</summary>
public sealed record SipOptions
{
    /// <summary>Where to listen.</summary>
    public required IReadOnlyList<SipListenPoint> Listen { get; init; }

    /// <summary>
    /// The host name or address that peers are told to reach us by, for a machine behind address translation. Null: the local
    /// address by which the peer is reached. Peers on this machine are always told the local address.
    /// </summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>The user part of our Contact.</summary>
    public string ContactUser { get; init; } = "voicemail";

    /// <summary>What we call ourselves in Server and User-Agent.</summary>
    public string Software { get; init; } = "UnifiedMsg";

    /// <summary>
    /// Networks whose P-Asserted-Identity and P-Preferred-Identity are believed (RFC 3325 §5): the phone system's own. Anyone else's is ignored, since a
    /// caller could claim to be somebody.
    /// </summary>
    public IReadOnlyList<IPNetwork> TrustedPeers { get; init; } = [];

    /// <summary>Who must say a password, and how it is asked for; null: nobody.</summary>
    public SipAuthentication? Authentication { get; init; }

    /// <summary>How phones register with us; null: they can't. It needs <see cref="Authentication"/>.</summary>
    public RegistrarOptions? Registrar { get; init; }

    /// <summary>How the signatures of callers are checked (RFC 8224); null: not at all.</summary>
    public Identity.IdentityOptions? Identity { get; init; }

    /// <summary>Where every request outside a dialog goes first; null: to the host of its URI.</summary>
    public SipUri? OutboundProxy { get; init; }

    /// <summary>Turns hosts of URIs into addresses; null for DNS by RFC 3263.</summary>
    public ISipResolver? Resolver { get; init; }

    /// <summary>Name servers for NAPTR, SRV and address look-ups (RFC 3263) when <see cref="Resolver"/> is null; empty for those of the system.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>
    /// Further targets of one request of ours that answers may send it on to (3xx), over all of them together: who diverts a call names one or
    /// two. Zero follows none, for a provider where anybody who is called could have us pay for a call to wherever he likes.
    /// </summary>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>Certificates of TLS and secure WebSockets.</summary>
    public SipTlsOptions Tls { get; init; } = new();

    /// <summary>Pings over connections that we opened.</summary>
    public SipKeepAliveOptions KeepAlive { get; init; } = new();

    /// <summary>T1, T2 and T4 of RFC 3261.</summary>
    public SipTimers Timers { get; init; } = SipTimers.Default;

    /// <summary>Session timers and reliable provisional responses.</summary>
    public SipSessionOptions Session { get; init; } = new();

    /// <summary>Calls at once; more are refused with 503 and Retry-After. A call costs a few kilobytes here, its media far more.</summary>
    public int MaxCalls { get; init; } = 10_000;

    /// <summary>Calls at once from one address (of IPv6: one /64). A whole phone system comes from one, so that it may have most of all.</summary>
    public int MaxCallsPerSource { get; init; } = 8_000;

    /// <summary>Subscriptions at once; more are refused with 503. One per mailbox and phone that shows its lamp.</summary>
    public int MaxSubscriptions { get; init; } = 50_000;

    /// <summary>Subscriptions at once from one address (of IPv6: one /64): a proxy in front of all phones may have most of them.</summary>
    public int MaxSubscriptionsPerSource { get; init; } = 40_000;

    /// <summary>The shortest subscription granted; who asks for less gets 423. Below it, refreshing would be most of the traffic.</summary>
    public TimeSpan MinSubscriptionExpires { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Transactions at once. Each is kept for 32 s after its end to meet retransmissions and costs about 5 KB, so that this bounds
    /// the memory at about 1.5 GB and the load at some 5,000 calls per second.
    /// </summary>
    public int MaxTransactions { get; init; } = 320_000;

    /// <summary>Transactions at once from one address (of IPv6: one /64). A whole phone system comes from one address, so that it may take most of all.</summary>
    public int MaxTransactionsPerSource { get; init; } = 240_000;

    /// <summary>What Retry-After says when a limit is met, in seconds.</summary>
    public int RetryAfterSeconds { get; init; } = 5;

    /// <summary>
    /// Connections at once, for each transport that has them. Phone systems keep one or a few; phones that come directly keep one each.
    /// </summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections at once from one address, for each transport.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>How long a connection to a peer may take to come about, without its TLS handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which nothing came for this long is closed; a peer that wants it sends keep-alives.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long a message may take from its first octet to its last, and the first octet of a connection that a peer opened. A trickle of
    /// octets does not prolong it, so that connections can't be held for nothing.
    /// </summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(32);

    /// <summary>The kernel's receive buffer of a UDP socket in octets: at 1 KB a message, some 4,000 that come while we are busy.</summary>
    public int UdpReceiveBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>What one source may do in a time, and what has it shut out.</summary>
    public GuardOptions Guard { get; init; } = new();

    /// <summary>How much of what went over the wire is kept for <see cref="SipEndpoint.Traces"/>.</summary>
    public TraceOptions Trace { get; init; } = new();

    /// <summary>For tests: looks at each message on the wire, and may lose it.</summary>
    internal IWireFilter? Filter { get; init; }
}
