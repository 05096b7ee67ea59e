using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// What comes of one INVITE of ours: the first final response decides; a repeated 2xx gets its ACK again; a 2xx from another branch
/// of a fork is somebody too many (RFC 3261 §13.2.2.4).
/// </summary>
/// <param name="onProvisional">Told each provisional response but 100.</param>
/// <param name="onAnswer">Told the first 2xx, before anything that the other side sends after it is looked at.</param>
/// <param name="onFork">Told each 2xx of another branch.</param>
internal sealed class InviteAttempt(Action<SipResponse>? onProvisional, Action<SipResponse>? onAnswer, Action<SipResponse>? onFork)
    : IClientTransactionUser
{
    private readonly TaskCompletionSource<SipResponse> _final = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _sync = new();
    private string? _tag;
    private byte[]? _ack;
    private SipFlow? _flow;

    public Task<SipResponse> Final => _final.Task;

    public void OnResponse(SipResponse response)
    {
        if (response.IsProvisional)
        {
            if (response.Status > 100)
                onProvisional?.Invoke(response);
            return;
        }
        if (response.IsSuccess && IsRepeated(response, out var fork))
        {
            if (fork)
                onFork?.Invoke(response);
            return;
        }
        if (response.IsSuccess)
            onAnswer?.Invoke(response);
        _final.TrySetResult(response);
    }

    /// <summary>Sends the ACK, and keeps it for when it is lost.</summary>
    public void Acknowledge(byte[] ack, SipFlow flow)
    {
        lock (_sync)
        {
            _ack = ack;
            _flow = flow;
        }
        flow.Send(ack, null);
    }

    private bool IsRepeated(SipResponse response, out bool fork)
    {
        var tag = response.To!.Tag ?? "";
        byte[]? ack;
        SipFlow? flow;
        lock (_sync)
        {
            fork = _tag is not null && _tag != tag;
            if (_tag is null)
            {
                _tag = tag;
                return false;
            }
            (ack, flow) = (_ack, _flow);
        }
        if (!fork && ack is not null)
            flow!.Send(ack, null);
        return true;
    }
}
