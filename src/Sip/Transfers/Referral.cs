using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Transfers;

/// <summary>
/// One transfer that we carry out for somebody, and the subscription that the REFER has made for it (RFC 3515 §2.4.4). It shares the
/// dialog of its call and may outlive the call (RFC 5057 §4.1); outside of a call the dialog is its own.
/// </summary>
internal sealed partial class Referral(UserAgentCore core, Dialog dialog, SipCredentials? credentials, uint id, bool silent) : IDialogUser
{
    /// <summary>How long the other side is notified unless it asks for longer: as long as a phone may ring.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(3);

    /// <summary>News that wait for the NOTIFY before them; the newest counts.</summary>
    private const int MaxWaiting = 8;

    private readonly Channel<SipResponse> _news =
        Channel.CreateBounded<SipResponse>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    // Not disposed: a SUBSCRIBE may come at any moment, and it holds nothing but memory once its time has come.
    private readonly CancellationTokenSource _expiry = new(Duration, core.Time);
    private long _end = core.Time.After(Duration);

    /// <summary>Carries it out; done when the last NOTIFY was answered.</summary>
    public async Task RunAsync(ReferredCall carryOut, CancellationToken stopping)
    {
        var telling = silent ? Task.CompletedTask : TellAsync();
        _news.Writer.TryWrite(new SipResponse(100));
        _news.Writer.TryWrite(await FinalAsync(carryOut, stopping));
        await telling;
        _expiry.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a SUBSCRIBE is for this one.</summary>
    public bool IsNamed(SipRequest subscribe)
    {
        var parts = (subscribe.Headers[SipHeaderNames.Event] ?? "").Split(';', StringSplitOptions.TrimEntries);
        return parts[0] == StatusFragment.Package && (parts.Length == 1 || parts.Contains($"id={id}"));
    }

    /// <summary>RFC 6665 §4.2.1: the subscription is to last longer, or to end.</summary>
    public void Extend(ServerTransaction transaction)
    {
        var asked = TimeSpan.FromSeconds(Notifier.ExpiresOf(transaction.Request));
        var granted = asked < Duration ? asked : Duration;
        Volatile.Write(ref _end, core.Time.After(granted));
        var response = transaction.Request.CreateResponse(200, null, transaction.LocalTag);
        response.Headers.Add(SipHeaderNames.Contact, core.ContactFor(transaction.Flow, transaction.Request));
        response.Headers.Add(SipHeaderNames.Expires, Text(granted));
        transaction.Respond(response);
        _expiry.CancelAfter(granted);
    }

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (request.Method != SipMethods.Subscribe || !IsNamed(request))
            transaction.Respond(request.Method is SipMethods.Subscribe ? 489 : 481);
        else if (!dialog.AcceptsSequence(request.CSeq!.Value.Number))
            transaction.Respond(500, "Out Of Order");
        else
            Extend(transaction);
    }

    public void OnAck(SipRequest ack)
    {
    }

    private async Task<SipResponse> FinalAsync(ReferredCall carryOut, CancellationToken stopping)
    {
        try
        {
            return await carryOut(news => _news.Writer.TryWrite(news), stopping);
        }
        catch (OperationCanceledException)
        {
            return new SipResponse(487);
        }
        catch (Exception e)
        {
            // A fault of the application ends this transfer only, and whoever asked for it is told.
            Log.Failed(core.Logger, e, dialog.Key.CallId);
            return new SipResponse(500);
        }
    }

    private async Task TellAsync()
    {
        var last = new SipResponse(100);
        try
        {
            do
                last = await _news.Reader.ReadAsync(_expiry.Token);
            while (await NotifyAsync(last, last.IsProvisional ? null : "noresource") && last.IsProvisional);
        }
        catch (OperationCanceledException)
        {
            await NotifyAsync(last, "timeout");
        }
    }

    // RFC 6665 §4.2.2: a NOTIFY that is refused or not answered ends the subscription.
    private async Task<bool> NotifyAsync(SipResponse news, string? terminated)
    {
        var response = await core.SendEvenIfOvertakenAsync(() => CreateNotify(news, terminated), dialog.Flow, credentials);
        if (!response.IsSuccess)
            Log.Refused(core.Logger, dialog.Key.CallId, response.Status);
        return response.IsSuccess;
    }

    private SipRequest CreateNotify(SipResponse news, string? terminated)
    {
        var left = core.Time.Left(Volatile.Read(ref _end));
        var request = dialog.CreateRequest(SipMethods.Notify);
        request.Headers.Add(SipHeaderNames.Event, $"{StatusFragment.Package};id={id}");
        request.Headers.Add(SipHeaderNames.SubscriptionState,
            terminated is null ? $"active;expires={Text(left < TimeSpan.Zero ? TimeSpan.Zero : left)}" : $"terminated;reason={terminated}");
        request.SetBody(StatusFragment.Of(news));
        return request;
    }

    private static string Text(TimeSpan time) => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(4510, LogLevel.Error, "transfer in call {CallId}: the application failed")]
        public static partial void Failed(ILogger logger, Exception exception, string callId);

        [LoggerMessage(4511, LogLevel.Information, "transfer in call {CallId}: NOTIFY was answered with {Status}")]
        public static partial void Refused(ILogger logger, string callId, int status);
    }
}
