namespace UnifiedMsg.Server.Configuration;

/// <summary>Limits that keep one client from using up what all share.</summary>
public sealed record LimitsSection
{
    /// <summary>The message size.</summary>
    [Option("The largest message accepted, however it comes.", Minimum = "64KiB", Maximum = "1GiB")]
    public ByteSize MessageSize { get; init; } = new(50L << 20);

    /// <summary>The size of a mailbox.</summary>
    [Option("What everybody's mailbox may hold, unless `user set --quota` says otherwise; 0 for no limit.", Maximum = "1048576GiB", Example = "10GiB")]
    public ByteSize MailboxSize { get; init; }

    /// <summary>The items of a mailbox.</summary>
    [Option("Messages that everybody's mailbox may hold, unless `user set --quota-items` says otherwise; 0 for no limit.",
        Minimum = "0", Maximum = "2000000000", Example = "1000000")]
    public int MailboxItems { get; init; }

    /// <summary>The recipients.</summary>
    [Option("Recipients of one message; RFC 5321 §4.5.3.1.8 asks for at least 100.", Minimum = "100", Maximum = "10000")]
    public int Recipients { get; init; } = 1000;

    /// <summary>The connections.</summary>
    [Option("Connections at a time on each listener.", Minimum = "1", Maximum = "1000000")]
    public int Connections { get; init; } = 10_000;

    /// <summary>The connections per address.</summary>
    [Option("Connections at a time from one address on each listener.", Minimum = "1", Maximum = "1000000")]
    public int ConnectionsPerAddress { get; init; } = 100;

    /// <summary>The calls.</summary>
    [Option("Calls at a time; a further one gets 503 with Retry-After.", Minimum = "1", Maximum = "100000")]
    public int Calls { get; init; } = 1000;
}
