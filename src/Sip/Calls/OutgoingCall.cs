using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// The client side of a call in one dialog: early from the first response with a tag (RFC 3261 §12.1.2), up from the answer (§13.2.2.4).
/// </summary>
internal sealed partial class OutgoingCall : Call, IOutgoingCall
{
    private readonly OutgoingCallRequest _order;
    private readonly SipRequest _invite;
    private uint? _lastReliable;
    private volatile Task<bool>? _bye;

    public OutgoingCall(
        UserAgentCore core, CallRegistry registry, OutgoingCallRequest order, SipRequest invite, SipResponse first, SipFlow flow)
        : base(core, registry, invite, Dialog.OfClient(invite, first, flow), CallPartiesReader.Read(invite, trusted: false),
            order.Offer is null ? Offerer.Them : Offerer.Us)
    {
        _order = order;
        _invite = invite;
        Credentials = order.Credentials;
        LocalSession = order.Offer is { } offer ? System.Text.Encoding.UTF8.GetString(offer.Content.Span) : null;
        core.Dialogs.Add(Dialog.Key, this);
    }

    public SipResponse? Answer { get; private set; }

    public override bool IsUp => Answer is not null && !IsOver;

    /// <summary>Whether the offer of the other side is still to be answered, which belongs into the ACK then.</summary>
    public bool OwesAnswer => _order.Offer is null && !Session.IsSettled;

    /// <summary>Takes a provisional response of this dialog.</summary>
    /// <returns>False for one that came before, or out of order: it is passed over (RFC 3262 §4).</returns>
    /// <param name="response">The response.</param>
    /// <param name="giveUp">Ends the INVITE: the session that the other side offers can't be had.</param>
    public bool OnProvisional(SipResponse response, Action giveUp)
    {
        LearnFrom(response);
        var session = SessionBody.Find(response);
        if (!Capabilities.Demands(response, ReliableProvisionals.Extension)
            || !SipGrammar.TryNumber(response.Headers[SipHeaderNames.RSeq], uint.MaxValue, out var number))
        {
            // What is not reliable may come again, and only shows what the answer will be (RFC 6337 §3.1).
            RemoteSession = Session.IsSettled ? RemoteSession : session ?? RemoteSession;
            return true;
        }
        lock (Sync)
        {
            if (IsOver || (_lastReliable is { } last && number != last + 1))
                return false;
            _lastReliable = number;
        }
        if (session is null || Session.IsSettled)
            _ = AcknowledgeAsync(number, null);
        else if (_order.Offer is null)
            _ = AnswerEarlyAsync(number, session, giveUp);
        else
        {
            RemoteSession = session;
            Session.Settle();
            _ = AcknowledgeAsync(number, null);
        }
        return true;
    }

    /// <summary>The call was answered in this dialog, and takes its place. False when it was hung up before.</summary>
    public bool Confirm(SipResponse answer, CallPlace place)
    {
        LearnFrom(answer);
        Dialog.Confirm(answer);
        if (_order.Offer is not null)
        {
            // RFC 3261 §13.2.1: after a reliable answer, what the 2xx says of the session is passed over.
            if (!Session.IsSettled)
                RemoteSession = SessionBody.Find(answer) ?? RemoteSession;
            Session.Settle();
        }
        lock (Sync)
        {
            Answer = answer;
            if (IsOver)
                return false;
            place.Take(this);
        }
        Timer.Agree(SessionInterval.Of(answer, Core.Options.Session));
        return true;
    }

    /// <summary>It was hung up before its answer came: who has answered all the same, and did not take that BYE, gets another.</summary>
    public async Task EndAnsweredAsync()
    {
        if (_bye is not { } first || !await first)
            await SendByeAsync();
    }

    /// <summary>The offer of the 2xx was answered in the ACK, or can't be.</summary>
    public void SettleLateOffer(string? theirs, string? ours)
    {
        RemoteSession = theirs ?? RemoteSession;
        LocalSession = ours ?? LocalSession;
        Session.Settle();
    }

    /// <summary>The INVITE has ended, and not in this dialog.</summary>
    public void EndEarly()
    {
        TryEnd(CallEndReason.Rejected, null);
        Forget();
    }

    public override void OnAck(SipRequest ack) => Session.OnAck(ack);

    internal override Task HangUpAsync(CallEndReason reason, CancellationToken cancellationToken) =>
        TryEnd(reason, null) ? (_bye = SendByeAsync()).WaitAsync(cancellationToken) : Task.CompletedTask;

    // RFC 3261 §15: who is called may not end an early dialog with BYE; the INVITE has its own end.
    protected override void OnBye(ServerTransaction bye)
    {
        if (Answer is null)
        {
            bye.Respond(481);
            return;
        }
        bye.Respond(200);
        TryEnd(CallEndReason.RemoteHangUp, bye.Request);
        Forget();
    }

    private async Task AnswerEarlyAsync(uint number, string offer, Action giveUp)
    {
        string? answer = null;
        try
        {
            answer = _order.LateOffer is { } handler ? await handler(offer, Ended) : null;
        }
        catch (OperationCanceledException)
        {
            // The call is over.
        }
        catch (Exception e)
        {
            // A fault of the application ends this call only: its PRACK has to go out all the same.
            Log.NotAnswered(Core.Logger, e, Id);
        }
        SettleLateOffer(offer, answer);
        await AcknowledgeAsync(number, answer);
        if (answer is null)
            giveUp();
    }

    // RFC 3262 §4: the PRACK goes within the early dialog. Who refuses it will say so to the INVITE too.
    private Task AcknowledgeAsync(uint number, string? answer) => Core.SendAsync(
        () => CreateRequest(SipMethods.Prack, answer is null ? null : SipBody.Sdp(answer),
            [new SipHeader(SipHeaderNames.RAck, new RAckHeader(number, _invite.CSeq!.Value).ToString())]),
        Flow, Credentials, CancellationToken.None);

    private static partial class Log
    {
        [LoggerMessage(4240, LogLevel.Error, "call {Call}: the offer of a reliable response could not be answered")]
        public static partial void NotAnswered(ILogger logger, Exception exception, string call);
    }
}
