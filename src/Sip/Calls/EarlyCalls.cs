using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>The early dialogs of one INVITE of ours: a proxy that forks it makes one per phone (RFC 3261 §12.1.2, §13.2.2.1).</summary>
internal sealed class EarlyCalls(
    UserAgentCore core, CallRegistry registry, OutgoingCallRequest order, SipRequest invite, SipFlow flow, Action giveUp)
{
    /// <summary>Phones that ring at once beyond these are not heard before they answer.</summary>
    private const int MaxForks = 32;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, OutgoingCall> _calls = [];
    private bool _over;

    /// <summary>A provisional response that is not 100.</summary>
    public void OnProvisional(SipResponse response)
    {
        if (response.To!.Tag is not { } tag)
        {
            order.OnProvisional?.Invoke(response);
            return;
        }
        var call = Find(tag, response);
        if (call?.OnProvisional(response, giveUp) == false)
            return;
        order.OnProvisional?.Invoke(response);
        if (call is not null)
            order.OnEarly?.Invoke(call);
    }

    /// <summary>The call of the dialog that has answered; the other dialogs end.</summary>
    public OutgoingCall Answered(SipResponse answer)
    {
        OutgoingCall? winner;
        lock (_sync)
        {
            _calls.Remove(answer.To!.Tag ?? "", out winner);
            _over = true;
        }
        End();
        return winner ?? new OutgoingCall(core, registry, order, invite, answer, flow);
    }

    /// <summary>The INVITE is over: its early dialogs end with it (RFC 3261 §12.3).</summary>
    public void End()
    {
        OutgoingCall[] calls;
        lock (_sync)
        {
            _over = true;
            calls = [.. _calls.Values];
            _calls.Clear();
        }
        foreach (var call in calls)
            call.EndEarly();
    }

    private OutgoingCall? Find(string tag, SipResponse response)
    {
        lock (_sync)
        {
            if (_calls.TryGetValue(tag, out var known))
                return known;
            if (_over || _calls.Count == MaxForks)
                return null;
            return _calls[tag] = new OutgoingCall(core, registry, order, invite, response, flow);
        }
    }
}
