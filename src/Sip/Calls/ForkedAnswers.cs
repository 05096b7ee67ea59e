using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// Other branches of a fork that have answered too (RFC 3261 §13.2.2.4): each is acknowledged, as often as it answers, and told once that
/// it is not needed.
/// </summary>
internal sealed class ForkedAnswers(CallPlacer placer, OutgoingCallRequest order, SipRequest invite, SipFlow flow)
{
    /// <summary>Answers beyond these are left alone: each costs a BYE to where it says, and nobody has so many phones.</summary>
    private const int MaxForks = 32;

    private readonly Dictionary<string, Task<(byte[] Ack, SipFlow Flow)>> _acks = [];
    private readonly Lock _sync = new();

    /// <summary>A 2xx of a branch that is not the first to answer.</summary>
    public void OnAnswer(SipResponse answer)
    {
        var tag = answer.To!.Tag ?? "";
        Task<(byte[], SipFlow)>? ack;
        Dialog? dialog = null;
        lock (_sync)
        {
            if (!_acks.TryGetValue(tag, out ack))
            {
                if (_acks.Count == MaxForks)
                    return;
                dialog = Dialog.OfClient(invite, answer, flow);
                _acks[tag] = ack = placer.PrepareAckAsync(dialog, invite, flow, null);
            }
        }
        _ = DismissAsync(ack, dialog);
    }

    private async Task DismissAsync(Task<(byte[] Ack, SipFlow Flow)> prepared, Dialog? dialog)
    {
        var (ack, ackFlow) = await prepared;
        ackFlow.Send(ack, null);
        if (dialog is not null)
            await placer.SendByeAsync(dialog, flow, order.Credentials);
    }
}
