using System.Net;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>How the queue works.</summary>
public sealed record QueueOptions
{
    /// <summary>The name of this node: claims that it held when it died are its own again when it starts.</summary>
    public string Node { get; init; } = "main";

    /// <summary>SMTP transactions at once. Each holds a connection and one message in memory.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Recipients of one transaction. RFC 5321 §4.5.3.1.8: every server takes 100.</summary>
    public int MaxRecipientsPerTransaction { get; init; } = 100;

    /// <summary>Waits after the first, second … failed attempt; the last one goes on. RFC 5321 §4.5.4.1 asks for at least 30 minutes
    /// in the long run; the short ones at the start are for servers that put strangers off once (grey-listing).</summary>
    public IReadOnlyList<TimeSpan> RetryAfter { get; init; } =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
        TimeSpan.FromHours(2), TimeSpan.FromHours(4),
    ];

    /// <summary>How long is tried before the sender is told. RFC 5321 §4.5.4.1: 4 to 5 days.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How long a claim holds; a transaction is given up well before (see <see cref="TransactionTimeout"/>).</summary>
    public TimeSpan ClaimTime { get; init; } = TimeSpan.FromMinutes(40);

    /// <summary>How long one transaction may take in all.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long connecting to one address may take. RFC 5321 §4.5.3.2 leaves it open; TCP alone would wait for minutes.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one reply may take. RFC 5321 §4.5.3.2.6: 10 minutes after the final dot, the longest of all.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A relay that gets all mail, or null to find the recipients' servers by DNS.</summary>
    public SmartHost? SmartHost { get; init; }

    /// <summary>Name servers; empty for those of the system.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>The port of other servers.</summary>
    public int RemotePort { get; init; } = 25;
}

/// <summary>A relay that takes all mail for others.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">How it is spoken to.</param>
/// <param name="User">The name to log in with, or null.</param>
/// <param name="Password">The password, or null.</param>
public sealed record SmartHost(string Host, int Port, SmartHostTls Tls, string? User = null, string? Password = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>TLS towards the smart host.</summary>
public enum SmartHostTls
{
    /// <summary>STARTTLS is required, with a certificate that is good for the host's name.</summary>
    StartTls,

    /// <summary>STARTTLS where it is offered, else plain.</summary>
    WhenAvailable,

    /// <summary>TLS from the start, with a certificate that is good for the host's name.</summary>
    Implicit,

    /// <summary>None.</summary>
    None,
}
