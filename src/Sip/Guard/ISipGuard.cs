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

/// <summary>Who is shut out.</summary>
public interface ISipGuard
{
    /// <summary>
    /// Takes note of an offence; too many within a time, and the address is blocked. Only for what nobody can do in another's name: it came
    /// over a connection, or repeated what we had sent to that address (a nonce, a tag). A forged datagram must never lead here.
    /// </summary>
    void Report(IPAddress address, SipOffence offence, string? about = null);

    /// <summary>Whether what comes from that address is dropped now.</summary>
    bool IsBlocked(IPAddress address);
}
