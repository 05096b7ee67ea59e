using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>Offers of ours within a call, one after the other: re-INVITE (RFC 3261 §14.1) and UPDATE (RFC 3311 §5.1).</summary>
internal sealed partial class SessionOffers(Call call, SessionChanges session)
{
    /// <summary>A glare, another one, a challenge, an interval that was too short: who refuses more often does not want the offer.</summary>
    private const int MaxAttempts = 5;

    /// <summary>RFC 3261 §20.33, RFC 3311 §5.2: with Retry-After, 500 means that an offer came too early. A longer wait is the caller's to do.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private uint _minimum;

    private UserAgentCore Core => call.Core;

    /// <summary>
    /// Sends an INVITE or UPDATE within the call, again after glare; the final response. Null offers nothing: an UPDATE refreshes then, and
    /// an INVITE lets the other side offer.
    /// </summary>
    public async Task<SipResponse> SendAsync(string method, SipBody? offer, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.Ended);
        try
        {
            await _turn.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Local(481);
        }
        try
        {
            return await AttemptAllAsync(method, offer, either.Token, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<SipResponse> AttemptAllAsync(string method, SipBody? offer, CancellationToken either, CancellationToken cancellationToken)
    {
        var digest = DigestClient.Of(call.Credentials);
        SipResponse? challenge = null;
        for (var attempt = 1; ; attempt++)
        {
            // Another INVITE waits until the first one is answered (RFC 3261 §14.1).
            if (call.IsOver || (method == SipMethods.Invite && !call.IsUp))
                return Local(call.IsOver ? 481 : 491);
            var response = await AttemptAsync(method, offer, digest, challenge, either, cancellationToken);
            if (response.IsSuccess || attempt == MaxAttempts || call.IsOver || ReferenceEquals(response, challenge))
                return response;
            if (response.Status is 401 or 407 && digest is not null)
            {
                challenge = response;
                continue;
            }
            challenge = null;
            if (SessionInterval.TryRaise(response, ref _minimum))
                continue;
            if (WaitBeforeNext(response) is not { } wait)
                return response;
            try
            {
                await Task.Delay(wait, Core.Time, either);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return response;
            }
        }
    }

    // RFC 3261 §14.1: the side that made the Call-ID waits 2.1 to 4 s, the other one at most 2 s, in steps of 10 ms.
    private TimeSpan? WaitBeforeNext(SipResponse response)
    {
        if (response.Status == 491)
            return TimeSpan.FromMilliseconds(10 * (call is OutgoingCall ? Random.Shared.Next(210, 401) : Random.Shared.Next(0, 201)));
        return response.Status == 500 && response.RetryAfter is { } wait && wait <= LongestWait ? wait : null;
    }

    private async Task<SipResponse> AttemptAsync(
        string method, SipBody? offer, DigestClient? digest, SipResponse? challenge, CancellationToken either, CancellationToken cancellationToken)
    {
        var exchanges = offer is not null || method == SipMethods.Invite;
        if ((method == SipMethods.Invite && !call.IsConfirmed) || (exchanges && !session.TryBegin()))
            return Local(491);
        try
        {
            var request = call.Dialog.CreateRequest(method);
            request.SetBody(offer);
            request.Headers.Add(SipHeaderNames.Allow, Capabilities.Allow);
            request.Headers.Add(SipHeaderNames.Supported, method == SipMethods.Invite ? Capabilities.SupportedWithin : Capabilities.Supported);
            if (call.IsUp)
                SessionInterval.AddTo(request, Core.Options.Session, _minimum, call.Timer.Interval);
            if (challenge is null)
                digest?.Begin(request);
            else if (!digest!.TryAuthorize(request, challenge))
                return challenge;
            var response = method == SipMethods.Invite
                ? await InviteAsync(request, offer is null, either)
                : await Core.SendAsync(() => request, call.Dialog.Flow, null, cancellationToken);
            if (!response.IsSuccess)
                call.EndIfLost(response);
            else
                Take(response, offer);
            return response;
        }
        finally
        {
            if (exchanges)
                session.Settle();
        }
    }

    private void Take(SipResponse response, SipBody? offer)
    {
        call.LearnFrom(response);
        call.Dialog.Refresh(response);
        if (call.IsUp)
            call.Timer.Agree(SessionInterval.Of(response, Core.Options.Session));
        if (offer is null)
            return;
        call.LocalSession = System.Text.Encoding.UTF8.GetString(offer.Content.Span);
        call.RemoteSession = SessionBody.Find(response) ?? call.RemoteSession;
    }

    private async Task<SipResponse> InviteAsync(SipRequest request, bool late, CancellationToken either)
    {
        var (flow, failure) = await Core.FindFlowAsync(request, call.Dialog.Flow, CancellationToken.None);
        if (flow is null)
            return UserAgentCore.Unreachable(failure);
        request.Headers.Add(SipHeaderNames.Contact, Core.ContactFor(flow, request));
        var attempt = new InviteAttempt(null, null, null);
        var client = (InviteClientTransaction)Core.Transactions.Send(request, flow, attempt);
        // Also when the call ends: whoever has said "trying" need not say more, and would be waited for without end.
        using var cancelling = either.Register(() => client.Cancel());
        var response = await attempt.Final;
        if (response.IsSuccess)
            await AcknowledgeAsync(request, response, attempt, flow, late ? SessionBody.Find(response) : null);
        return response;
    }

    private async Task AcknowledgeAsync(SipRequest request, SipResponse response, InviteAttempt attempt, SipFlow flow, string? theirs)
    {
        var answer = theirs is null ? null : await AnswerAsync(theirs);
        if (answer is not null)
            (call.RemoteSession, call.LocalSession) = (theirs, answer);
        call.Dialog.Refresh(response);
        var ack = call.Dialog.CreateRequest(SipMethods.Ack, request.CSeq!.Value.Number);
        // RFC 3261 §22.1: the ACK carries the credentials of its INVITE.
        ack.Headers.CopyFrom(request.Headers, SipHeaderNames.Authorization);
        ack.Headers.CopyFrom(request.Headers, SipHeaderNames.ProxyAuthorization);
        ack.SetBody(answer is null ? null : SipBody.Sdp(answer));
        var (ackFlow, _) = await Core.FindFlowAsync(ack, flow, CancellationToken.None);
        if (ackFlow is not null)
            attempt.Acknowledge(Core.Transactions.PrepareAck(ack, ackFlow), ackFlow);
        // An offer that gets no answer leaves the session broken, and the call with it.
        if (theirs is not null && answer is null)
            _ = call.HangUpAsync(CancellationToken.None);
    }

    private async ValueTask<string?> AnswerAsync(string offer)
    {
        try
        {
            return call.OfferHandler is { } handler ? await handler(offer, call.Ended) : null;
        }
        catch (OperationCanceledException)
        {
            // The call is over.
            return null;
        }
        catch (Exception e)
        {
            // A fault of the application ends this call only: its ACK has to go out all the same.
            Log.NotAnswered(Core.Logger, e, call.Id);
            return null;
        }
    }

    private static SipResponse Local(int status) => new(status) { IsLocal = true };

    private static partial class Log
    {
        [LoggerMessage(4211, LogLevel.Error, "call {Call}: the offer that came for our INVITE could not be answered")]
        public static partial void NotAnswered(ILogger logger, Exception exception, string call);
    }
}
