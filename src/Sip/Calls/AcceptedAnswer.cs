using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// A 2xx to INVITE, sent again until its ACK comes, over any transport, since another hop may lose it (RFC 3261 §13.3.1.4).
/// </summary>
internal sealed class AcceptedAnswer
{
    private readonly Repetition _repetition;

    private AcceptedAnswer(InviteServerTransaction invite, UserAgentCore core, Action onGiveUp)
    {
        var timers = core.Options.Timers;
        _repetition = new Repetition(core.Time, timers, timers.T2, invite.RepeatAccepted, onGiveUp);
        Sequence = invite.Request.CSeq!.Value.Number;
    }

    /// <summary>The CSeq number that the ACK has too.</summary>
    public uint Sequence { get; }

    /// <summary>Sends the answer; null when another final response went before it.</summary>
    public static AcceptedAnswer? Send(InviteServerTransaction invite, SipResponse response, UserAgentCore core, Action onGiveUp)
    {
        var answer = new AcceptedAnswer(invite, core, onGiveUp);
        if (!invite.Respond(response))
            return null;
        answer._repetition.Start();
        return answer;
    }

    /// <summary>The ACK has come, or is no longer waited for. True the first time.</summary>
    public bool Acknowledge() => _repetition.Stop();
}
