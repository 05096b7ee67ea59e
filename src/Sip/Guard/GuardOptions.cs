using System.Net;

namespace UnifiedMsg.Sip.Guard;

/// <summary>So many in a second for ever, and so many at once after a pause.</summary>
/// <param name="PerSecond">What is refilled in a second.</param>
/// <param name="Burst">What there is at most.</param>
public readonly record struct SipRate(double PerSecond, int Burst);

/// <summary>
/// What one source (an IPv4 address, or a /64 of IPv6, which is what one customer holds) may do, and what has it shut out. Requests within
/// a dialog, retransmissions, ACK and the CANCEL of a call cost nothing.
/// </summary>
public sealed record GuardOptions
{
    /// <summary>
    /// Networks that are neither limited nor ever blocked, as <see cref="SipOptions.TrustedPeers"/> are not either: by default this
    /// machine. Whoever is not among them and is a phone system is hindered by none of the limits below, which are far above a busy one.
    /// </summary>
    public IReadOnlyList<IPNetwork> Exempt { get; init; } = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Calls. A phone system of ten thousand phones makes some twenty a second, and hundreds after a failure of the network.</summary>
    public SipRate Invites { get; init; } = new(300, 3000);

    /// <summary>Registrations: an office behind one address that comes back after a power cut.</summary>
    public SipRate Registrations { get; init; } = new(100, 2000);

    /// <summary>All other requests that begin something: subscriptions of lamps, OPTIONS, MESSAGE, and whatever names a dialog that we don't know.</summary>
    public SipRate Others { get; init; } = new(300, 3000);

    /// <summary>
    /// Refusals that a source over its rate, or one that sends malformed messages, gets to hear; beyond it there is silence, and over UDP
    /// the message is not even read.
    /// </summary>
    public SipRate Refusals { get; init; } = new(20, 100);

    /// <summary>
    /// Dialogs that one source has begun and that are not over: calls, subscriptions, and transfers asked for outside a call. An office of a
    /// thousand phones behind one address has a lamp for each and some calls; a dialog costs a few kilobytes, so that a source can hold no more
    /// than some twenty megabytes.
    /// </summary>
    public int MaxDialogs { get; init; } = 5_000;

    /// <summary>
    /// What scanners call themselves in User-Agent; compared without case, anywhere in it. Over UDP such a request is dropped and its
    /// source not blocked for it, since one forged datagram would be enough to shut somebody else out.
    /// </summary>
    public IReadOnlyList<string> Scanners { get; init; } =
        ["friendly-scanner", "sipvicious", "sipcli", "sundayddr", "sip-scan", "pplsip", "sivus"];

    /// <summary>
    /// Different numbers that nobody has (404, 484, 604), asked for by one source within <see cref="OffenceWindow"/> and without an
    /// accepted call in between: whoever dials by hand is wrong a few times, whoever searches is wrong with all.
    /// </summary>
    public int MaxUnknownNumbers { get; init; } = 30;

    /// <summary>Wrong passwords within <see cref="OffenceWindow"/>: several phones behind one address with an old password, but no search.</summary>
    public int MaxFailedLogins { get; init; } = 30;

    /// <summary>Malformed messages over connections within <see cref="OffenceWindow"/>; a broken phone sends one now and then.</summary>
    public int MaxMalformed { get; init; } = 100;

    /// <summary>How long an offence is remembered.</summary>
    public TimeSpan OffenceWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a source is shut out the first time: scanners move on, and a person who was wrong waits no longer than that.</summary>
    public TimeSpan Block { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Each further time is twice as long as the one before, up to this. A source is forgiven when it kept quiet for as long.</summary>
    public TimeSpan MaxBlock { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Sources whose rates are kept, about 500 octets each; the oldest are forgotten, so that forged addresses only cost that much.</summary>
    public int MaxSources { get; init; } = 65_536;

    /// <summary>Blocks that are kept; the oldest are forgotten. No forged datagram can add one.</summary>
    public int MaxBlocks { get; init; } = 16_384;

    /// <summary>
    /// How far the work may be behind before new requests get 503: when a call waits that long it was sent three times already, and
    /// those that are up need the processor more.
    /// </summary>
    public TimeSpan MaxQueueDelay { get; init; } = TimeSpan.FromSeconds(1);
}
