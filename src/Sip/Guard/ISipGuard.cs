using System.Net;

namespace UnifiedMsg.Sip.Guard;

/// <summary>What somebody did that honest peers do seldom.</summary>
public enum SipOffence
{
    /// <summary>A digest answer that is wrong although it answers a nonce of ours.</summary>
    FailedLogin,

    /// <summary>Asked for a number that nobody has.</summary>
    UnknownNumber,

    /// <summary>Sent what is no SIP.</summary>
    Malformed,

    /// <summary>Called itself a scanner; once is enough.</summary>
    Scanner,
}

/// <summary>A source that is shut out.</summary>
/// <param name="Address">The address, or of IPv6 the first one of its /64.</param>
/// <param name="Offence">What it is shut out for.</param>
/// <param name="Until">Until when.</param>
public readonly record struct BlockedSource(IPAddress Address, SipOffence Offence, DateTimeOffset Until);

/// <summary>Who is shut out.</summary>
public interface ISipGuard
{
    /// <summary>Who is shut out now; whoever comes in again first is at the top.</summary>
    IReadOnlyList<BlockedSource> Blocked { get; }

    /// <summary>
    /// Takes note of an offence; too many within a time, and the address is blocked. Only for what nobody can do in another's name: it came
    /// over a connection, or repeated what we had sent to that address (a nonce, a tag). A forged datagram must never lead here.
    /// </summary>
    void Report(IPAddress address, SipOffence offence, string? about = null);

    /// <summary>Whether what comes from that address is dropped now.</summary>
    bool IsBlocked(IPAddress address);
}
