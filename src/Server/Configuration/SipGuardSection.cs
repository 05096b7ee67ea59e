using System.Net;
using UnifiedMsg.Sip.Guard;

namespace UnifiedMsg.Server.Configuration;

/// <summary>What one address may do, and what has it shut out.</summary>
public sealed record SipGuardSection
{
    private static readonly GuardOptions Defaults = new();

    /// <summary>The exempt networks.</summary>
    [Option("Networks that are neither limited nor shut out, besides trustedPeers.")]
    public IReadOnlyList<IPNetwork> Exempt { get; init; } = Defaults.Exempt;

    /// <summary>The calls per second.</summary>
    [Option("Calls that one address may begin in a second for ever, and ten times as many at once; then 503, then silence.", Minimum = "1", Maximum = "100000")]
    public int CallsPerSecond { get; init; } = (int)Defaults.Invites.PerSecond;

    /// <summary>The dialogs.</summary>
    [Option("Calls, subscriptions of lamps and transfers at once that one address may have; one more gets 503.", Minimum = "1", Maximum = "1000000")]
    public int Dialogs { get; init; } = Defaults.MaxDialogs;

    /// <summary>The scanners.</summary>
    [Option("Parts of User-Agent by which scanners are known. They get no answer, and over TCP are shut out.")]
    public IReadOnlyList<string> Scanners { get; init; } = Defaults.Scanners;

    /// <summary>The unknown numbers.</summary>
    [Option("Different numbers without a mailbox that an address may ask for in ten minutes, without an accepted call between.", Minimum = "1", Maximum = "10000")]
    public int UnknownNumbers { get; init; } = Defaults.MaxUnknownNumbers;

    /// <summary>The failed log-ins.</summary>
    [Option("Wrong passwords that may come from an address in ten minutes.", Minimum = "1", Maximum = "10000")]
    public int FailedLogins { get; init; } = Defaults.MaxFailedLogins;

    /// <summary>The first block.</summary>
    [Option("How long an address is shut out the first time; each further time is twice as long.", Minimum = "1s", Maximum = "1d")]
    public TimeSpan Block { get; init; } = Defaults.Block;

    /// <summary>The longest block.</summary>
    [Option("How long it is shut out at most; and as long without an offence it is forgiven.", Minimum = "1s", Maximum = "30d")]
    public TimeSpan LongestBlock { get; init; } = Defaults.MaxBlock;

    /// <summary>The queue delay.</summary>
    [Option("How far behind the server may be before new calls get 503 with Retry-After.", Minimum = "50ms", Maximum = "30s")]
    public TimeSpan QueueDelay { get; init; } = Defaults.MaxQueueDelay;
}

/// <summary>What is kept for the trace.</summary>
public sealed record SipTraceSection
{
    /// <summary>The calls.</summary>
    [Option("The last calls whose messages are kept; 0 keeps none.", Minimum = "0", Maximum = "1000000")]
    public int Calls { get; init; } = 1000;

    /// <summary>The size.</summary>
    [Option("Memory for their messages; the oldest calls go first.", Minimum = "64KiB", Maximum = "1GiB")]
    public ByteSize Size { get; init; } = new(32L << 20);
}
