using System.Globalization;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Transfers;

/// <summary>The transfers of one call that we ask for (RFC 3515 §2.4), one at a time.</summary>
internal sealed class CallTransfers(Call call)
{
    /// <summary>How long the other side may say nothing while it has not told for how long it will tell: as long as a phone may ring.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>However long it says: nobody waits longer for somebody who answers.</summary>
    private static readonly TimeSpan MaxPatience = TimeSpan.FromHours(1);

    private Pending? _pending;

    public async Task<TransferResult> SendAsync(SipUri target, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, call.Core.Time);
        var pending = new Pending(patience);
        // Expected before the REFER goes out, since a NOTIFY may overtake its response.
        if (Interlocked.CompareExchange(ref _pending, pending, null) is not null)
            return new TransferResult(491, "Another Transfer Is Under Way");
        try
        {
            var response = await call.Core.SendAsync(() => pending.Refer = call.CreateRequest(SipMethods.Refer, null, Headers(target)),
                call.Flow, call.Credentials, cancellationToken);
            call.EndIfLost(response);
            if (!response.IsSuccess)
                return new TransferResult(response.Status, response.Reason);
            var result = await pending.ResultAsync(call.Ended, cancellationToken);
            // RFC 5589 §6.1: who has transferred the call leaves it.
            if (result.Succeeded)
                await call.HangUpAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            Volatile.Write(ref _pending, null);
        }
    }

    /// <summary>RFC 3515 §2.4.5: how a transfer goes.</summary>
    public void OnNotify(ServerTransaction transaction)
    {
        var notify = transaction.Request;
        if (EventHeader.Of(notify) is not { Package: StatusFragment.Package } what)
            transaction.Respond(489);
        // RFC 3515 §2.4.6: the id tells the transfers of one call apart; one that was given up before may still have news.
        else if (Volatile.Read(ref _pending) is not { } pending || (what.Id is { } id && !pending.IsNamed(id)))
            transaction.Respond(481);
        else if (notify.ContentType != StatusFragment.MediaType)
            transaction.Respond(Capabilities.With(
                notify.CreateResponse(415, null, transaction.LocalTag), SipHeaderNames.Accept, StatusFragment.MediaType));
        else if (!StatusFragment.TryParse(notify.Body.Span, out var status, out var reason))
            transaction.Respond(400, "Bad Status Line");
        else
        {
            transaction.Respond(200);
            SubscriptionStatus.TryParse(notify.Headers[SipHeaderNames.SubscriptionState], out var state);
            pending.Tell(new TransferResult(status, reason), state?.IsTerminated == true || status >= 200);
            // RFC 6665 §4.1.2.4: the last NOTIFY may come a little after the end that was told.
            if (state?.Expires is { } left)
                pending.WaitFor((left < MaxPatience ? left : MaxPatience) + call.Core.Options.Timers.GiveUp);
        }
    }

    // RFC 3892: who asks for the transfer.
    private List<SipHeader> Headers(SipUri target) =>
    [
        new(SipHeaderNames.ReferTo, $"<{target}>"),
        new(SipHeaderNames.ReferredBy, $"<{(call is OutgoingCall ? call.Request.From! : call.Request.To!).Uri}>"),
    ];

    private sealed class Pending(CancellationTokenSource patience)
    {
        private readonly TaskCompletionSource<TransferResult> _final = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TransferResult _last = new(202, "Accepted");
        private volatile SipRequest? _refer;

        /// <summary>The REFER that was sent last.</summary>
        public SipRequest Refer
        {
            get => _refer!;
            set => _refer = value;
        }

        public bool IsNamed(string id) => _refer?.CSeq!.Value.Number.ToString(CultureInfo.InvariantCulture) == id;

        public void Tell(TransferResult news, bool final)
        {
            Volatile.Write(ref _last, news);
            if (final)
                _final.TrySetResult(news);
        }

        /// <summary>From now on it is waited for so long.</summary>
        public void WaitFor(TimeSpan time)
        {
            try
            {
                patience.CancelAfter(time);
            }
            catch (ObjectDisposedException)
            {
                // Nobody waits any more.
            }
        }

        public async Task<TransferResult> ResultAsync(CancellationToken ended, CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, cancellationToken, patience.Token);
            try
            {
                return await _final.Task.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Volatile.Read(ref _last);
            }
        }
    }
}
