using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.</summary>
internal sealed class InviteClientTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, IClientTransactionUser user)
    : ClientTransaction(layer, request, flow, user)
{
    private State _state = State.Calling;
    private TimeSpan _timerA;
    private byte[]? _ack;
    private bool _cancelled;
    private IReadOnlyList<SipHeader>? _cancelHeaders;

    private enum State
    {
        Calling,
        Proceeding,
        Accepted,
        Completed,
    }

    public override void Start()
    {
        lock (Sync)
        {
            _timerA = Timers.T1;
            if (!Flow.IsReliable)
                SendAgainIn(_timerA);
            EndIn(Timers.GiveUp); // Timer B
        }
        Flow.Send(Octets, this);
    }

    public override void Receive(SipResponse response)
    {
        lock (Sync)
        {
            if (IsTerminated)
                return;
            switch (_state)
            {
                case State.Completed:
                    // The final response came again: our ACK was lost.
                    if (!response.IsProvisional && !response.IsSuccess)
                        Flow.Send(_ack!, this);
                    return;
                case State.Accepted when !response.IsSuccess:
                    return;
            }
            Enter(response);
        }
        User.OnResponse(response);
    }

    /// <summary>
    /// Asks to end the INVITE (RFC 3261 §9.1). Before a provisional response nothing may be sent: then the CANCEL follows the first one.
    /// </summary>
    public void Cancel(IReadOnlyList<SipHeader>? headers = null)
    {
        SipRequest? cancel = null;
        lock (Sync)
        {
            if (_cancelled || IsTerminated || _state is State.Accepted or State.Completed)
                return;
            if (_state == State.Proceeding)
                cancel = StartCancel(headers);
            else if (!CancelWanted)
                (CancelWanted, _cancelHeaders) = (true, headers);
        }
        if (cancel is not null)
            Layer.SendCancel(cancel, Flow);
    }

    /// <summary>Whether a CANCEL is to follow the first provisional response.</summary>
    public bool CancelWanted { get; private set; }

    public override void SendFailed(string reason)
    {
        lock (Sync)
        {
            if (IsTerminated || _state is State.Accepted or State.Completed)
                return;
            Terminate();
        }
        User.OnResponse(LocalResponse(503, reason));
    }

    protected override void OnAgain()
    {
        if (_state != State.Calling)
            return;
        Flow.Send(Octets, this);
        _timerA = 2 * _timerA;
        SendAgainIn(_timerA);
    }

    protected override Action? OnEnd()
    {
        var unanswered = _state is State.Calling or State.Proceeding;
        Terminate();
        return unanswered ? () => User.OnResponse(LocalResponse(408, "No Answer From The Other Side")) : null;
    }

    private void Enter(SipResponse response)
    {
        if (response.IsProvisional)
        {
            if (_state == State.Calling)
            {
                _state = State.Proceeding;
                SendAgainIn(null);
                EndIn(_cancelled ? Timers.GiveUp : null);
            }
            if (CancelWanted && !_cancelled)
                Layer.SendCancel(StartCancel(_cancelHeaders), Flow);
            return;
        }
        SendAgainIn(null);
        if (response.IsSuccess)
        {
            if (_state != State.Accepted)
                EndIn(Timers.GiveUp); // Timer M
            _state = State.Accepted;
            return;
        }
        _state = State.Completed;
        _ack = SipMessageWriter.Write(AckFor(response));
        Flow.Send(_ack, this);
        if (Flow.IsReliable)
            Terminate();
        else
            EndIn(Timers.LingerAfterRefusal); // Timer D
    }

    // RFC 3261 §9.1: when no final response comes within 64*T1 of the CANCEL, the INVITE is over all the same.
    private SipRequest StartCancel(IReadOnlyList<SipHeader>? headers)
    {
        _cancelled = true;
        EndIn(Timers.GiveUp);
        var cancel = Derived(SipMethods.Cancel, Request.Headers[SipHeaderNames.To]!);
        foreach (var header in headers ?? [])
            cancel.Headers.Add(header.Name, header.Value);
        return cancel;
    }

    // RFC 3261 §17.1.1.3: the ACK of a refusal belongs to the transaction: same branch, the To of the response.
    private SipRequest AckFor(SipResponse response) => Derived(SipMethods.Ack, response.Headers[SipHeaderNames.To]!);

    private SipRequest Derived(string method, string to)
    {
        var request = new SipRequest(method, Request.Uri);
        request.Headers.Add(SipHeaderNames.Via, Request.Headers.FirstValue(SipHeaderNames.Via)!);
        request.Headers.Add(SipHeaderNames.MaxForwards, "70");
        request.Headers.CopyFrom(Request.Headers, SipHeaderNames.Route);
        request.Headers.CopyFrom(Request.Headers, SipHeaderNames.From);
        request.Headers.Add(SipHeaderNames.To, to);
        request.Headers.CopyFrom(Request.Headers, SipHeaderNames.CallId);
        request.Headers.Add(SipHeaderNames.CSeq, new CSeqHeader(Request.CSeq!.Value.Number, method).ToString());
        return request;
    }
}
