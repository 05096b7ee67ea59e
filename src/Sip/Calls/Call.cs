using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip.Calls;

/// <summary>What calls in both directions share: the dialog, requests within it, and the end.</summary>
internal abstract partial class Call : ICall, IDialogUser
{
    /// <summary>Keys that wait to be read; the oldest are dropped, since nobody types that far ahead.</summary>
    private const int MaxKeys = 64;

    private readonly Channel<DtmfKey> _keys =
        Channel.CreateBounded<DtmfKey>(new BoundedChannelOptions(MaxKeys) { FullMode = BoundedChannelFullMode.DropOldest });

    // Not disposed: its token is given away for as long as anybody likes, and it holds nothing but memory.
    private readonly CancellationTokenSource _ended = new();
    private readonly CallRegistry _registry;
    private readonly SessionOffers _offers;
    private volatile string[] _peerAllows = [];

    protected Call(UserAgentCore core, CallRegistry registry, SipRequest request, Dialog dialog, CallParties parties, Offerer first)
    {
        Core = core;
        _registry = registry;
        Id = registry.NextId();
        Request = request;
        Dialog = dialog;
        Flow = dialog.Flow!;
        Parties = parties;
        Session = new SessionChanges(this, first);
        Timer = new SessionTimer(this, core);
        Transfers = new CallTransfers(this);
        _offers = new SessionOffers(this, Session);
        core.Traces.Name(CallId, Id);
    }

    public string Id { get; }

    public string CallId => Dialog.Key.CallId;

    public SipRequest Request { get; }

    public CallParties Parties { get; }

    public IPEndPoint RemoteEndPoint => Flow.Remote;

    public IPAddress LocalAddress =>
        IPAddress.TryParse(Flow.Own.Host.Trim('[', ']'), out var told) ? told : Flow.Own.Address;

    /// <summary>Counts against whoever called, until the end.</summary>
    public SourceCounter? Place { get; protected init; }

    /// <summary>The same among all dialogs that they have begun; null for one of ours, and where nothing is counted.</summary>
    public SourceCounter? DialogPlace { get; init; }

    public string? RemoteSession { get; internal set; }

    public abstract bool IsUp { get; }

    /// <summary>Whether it is up and the answer was acknowledged: from then on either side may send another INVITE (RFC 3261 §14.1).</summary>
    public virtual bool IsConfirmed => IsUp;

    public CancellationToken Ended => _ended.Token;

    public CallEndReason? EndReason { get; private set; }

    public IReadOnlyList<ReasonHeader> RemoteReasons { get; private set; } = [];

    public ChannelReader<DtmfKey> Keys => _keys.Reader;

    public SessionOfferHandler? OfferHandler { get; set; }

    public Action<string>? AnswerHandler { get; set; }

    internal UserAgentCore Core { get; }

    internal Dialog Dialog { get; }

    internal Transports.SipFlow Flow { get; }

    internal SessionTimer Timer { get; }

    /// <summary>The last session description that we have sent; a refresh repeats it.</summary>
    internal string? LocalSession { get; set; }

    internal SipCredentials? Credentials { get; init; }

    internal bool IsOver => EndReason is not null;

    protected SessionChanges Session { get; }

    protected CallTransfers Transfers { get; }

    protected Lock Sync { get; } = new();

    public Task HangUpAsync(CancellationToken cancellationToken = default) => HangUpAsync(CallEndReason.LocalHangUp, cancellationToken);

    public async Task<SipResponse> SendAsync(
        string method, SipBody? body = null, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default)
    {
        if (method is SipMethods.Invite or SipMethods.Ack or SipMethods.Bye or SipMethods.Cancel or SipMethods.Update or SipMethods.Prack)
            throw new ArgumentException($"{method} is not sent this way.", nameof(method));
        var response = await Core.SendAsync(() => CreateRequest(method, body, headers), Flow, Credentials, cancellationToken);
        EndIfLost(response);
        return response;
    }

    public Task<SipResponse> ReInviteAsync(SipBody? offer, CancellationToken cancellationToken = default) =>
        _offers.SendAsync(SipMethods.Invite, offer, cancellationToken);

    public Task<SipResponse> UpdateAsync(SipBody? offer = null, CancellationToken cancellationToken = default) =>
        _offers.SendAsync(SipMethods.Update, offer, cancellationToken);

    public Task<TransferResult> TransferAsync(SipUri target, CancellationToken cancellationToken = default) =>
        Transfers.SendAsync(target, cancellationToken);

    public Task<TransferResult> TransferAsync(ICall other, CancellationToken cancellationToken = default) =>
        Transfers.SendAsync(((Call)other).TargetThatReplacesUs(), cancellationToken);

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (IsOver && request.Method != SipMethods.Bye)
            transaction.Respond(481);
        else if (!Dialog.AcceptsSequence(request.CSeq!.Value.Number))
            transaction.Respond(500, "Out Of Order");
        else if (request.Method == SipMethods.Bye)
            OnBye(transaction);
        else if (Capabilities.Refusal(transaction) is { } refusal)
            transaction.Respond(refusal);
        else
            Serve(transaction);
    }

    public abstract void OnAck(SipRequest ack);

    /// <summary>Ends the call, for that reason.</summary>
    internal abstract Task HangUpAsync(CallEndReason reason, CancellationToken cancellationToken);

    /// <summary>RFC 4028 §7.4: by UPDATE when the other side allows it, since that needs no offer; else by re-INVITE.</summary>
    internal Task<SipResponse> RefreshSessionAsync() => _peerAllows.Contains(SipMethods.Update)
        ? UpdateAsync()
        : ReInviteAsync(LocalSession is { } session ? SipBody.Sdp(session) : null);

    /// <summary>Remembers the methods that the other side allows.</summary>
    internal void LearnFrom(SipMessage message)
    {
        if (message.Headers.Contains(SipHeaderNames.Allow))
            _peerAllows = [.. message.Headers.Values(SipHeaderNames.Allow)];
    }

    /// <summary>RFC 3261 §12.2.1.2: the other side has lost the call, or is gone.</summary>
    internal void EndIfLost(SipResponse response)
    {
        if (response.Status is 408 or 481 && IsUp)
        {
            Log.Lost(Core.Logger, Id, response.Status);
            _ = HangUpAsync(CallEndReason.Failed, CancellationToken.None);
        }
    }

    internal SipRequest CreateRequest(string method, SipBody? body, IReadOnlyList<SipHeader>? headers)
    {
        var request = Dialog.CreateRequest(method);
        foreach (var header in headers ?? [])
            request.Headers.Add(header.Name, header.Value);
        request.SetBody(body);
        return request;
    }

    protected abstract void OnBye(ServerTransaction bye);

    protected virtual void OnPrack(ServerTransaction prack) => prack.Respond(481);

    /// <summary>True the first time.</summary>
    protected bool TryEnd(CallEndReason reason, SipRequest? request)
    {
        lock (Sync)
        {
            if (IsOver)
                return false;
            RemoteReasons = request is null ? [] : ReasonHeader.Of(request);
            EndReason = reason;
        }
        Log.Ended(Core.Logger, Id, CallId, reason);
        _registry.Remove(this);
        Core.Transports.Guard.EndDialog(DialogPlace);
        Timer.Stop();
        _keys.Writer.TryComplete();
        // It is told at once; whoever waits for the end continues on the thread pool, not on the thread that receives.
        _ = _ended.CancelAsync();
        return true;
    }

    protected void Forget() => Core.Dialogs.Remove(Dialog.Key, this);

    /// <summary>Says that it is over. True when the other side has agreed.</summary>
    protected async Task<bool> SendByeAsync()
    {
        try
        {
            var response = await Core.SendEvenIfOvertakenAsync(CreateBye, Flow, Credentials);
            if (!response.IsSuccess)
                Log.ByeFailed(Core.Logger, Id, response.Status);
            return response.IsSuccess;
        }
        finally
        {
            Forget();
        }
    }

    protected void AddContactAndCapabilities(SipResponse response)
    {
        response.Headers.Add(SipHeaderNames.Contact, Core.ContactFor(Flow, Request));
        Capabilities.AddTo(response);
    }

    private void Serve(ServerTransaction transaction)
    {
        switch (transaction.Request.Method)
        {
            case SipMethods.Invite:
            case SipMethods.Update:
                Session.OnRequest(transaction);
                break;
            case SipMethods.Prack:
                OnPrack(transaction);
                break;
            case SipMethods.Refer:
                Core.Referrals.OnRefer(transaction, this);
                break;
            case SipMethods.Info:
                OnInfo(transaction);
                break;
            case SipMethods.Options:
                transaction.Respond(Capabilities.ForOptions(transaction, []));
                break;
            case SipMethods.Notify:
                Transfers.OnNotify(transaction);
                break;
            case SipMethods.Subscribe:
                Core.Referrals.OnSubscribe(transaction, this);
                break;
            default:
                transaction.Respond(Capabilities.MethodRefusal(transaction));
                break;
        }
    }

    private void OnInfo(ServerTransaction transaction)
    {
        var request = transaction.Request;
        // RFC 6086 §4.2.2: packages that were not agreed on are refused; what has no package is of the old kind.
        if (request.Headers.Contains(SipHeaderNames.InfoPackage))
            transaction.Respond(469);
        else if (request.Body.IsEmpty)
            transaction.Respond(200);
        else if (!DtmfInfo.IsKnown(request.ContentType))
            transaction.Respond(Capabilities.With(
                request.CreateResponse(415, null, transaction.LocalTag), SipHeaderNames.Accept, Capabilities.AcceptInfo));
        else if (!DtmfInfo.TryParse(request.ContentType, request.BodyText!, out var key))
            transaction.Respond(400, "Bad Key");
        else if (transaction.Respond(200))
            _keys.Writer.TryWrite(key);
    }

    private SipRequest CreateBye()
    {
        var bye = Dialog.CreateRequest(SipMethods.Bye);
        if (EndReason == CallEndReason.Expired)
            bye.Headers.Add(SipHeaderNames.Reason, new ReasonHeader("SIP", 408, "Session expired").ToString());
        return bye;
    }

    // RFC 3891 §3: the dialog as the other side of it knows it, so that somebody else can take our place there.
    private SipUri TargetThatReplacesUs()
    {
        var replaces = new ReplacesHeader(CallId, Dialog.Key.RemoteTag, Dialog.Key.LocalTag).ToString();
        return SipUri.Parse($"{Dialog.Target}?{SipHeaderNames.Replaces}={Uri.EscapeDataString(replaces)}");
    }

    private static partial class Log
    {
        [LoggerMessage(4200, LogLevel.Information, "call {Call} ({CallId}) ended: {Reason}")]
        public static partial void Ended(ILogger logger, string call, string callId, CallEndReason reason);

        [LoggerMessage(4201, LogLevel.Warning, "call {Call}: the other side has lost the call ({Status})")]
        public static partial void Lost(ILogger logger, string call, int status);

        [LoggerMessage(4202, LogLevel.Information, "call {Call}: BYE was answered with {Status}")]
        public static partial void ByeFailed(ILogger logger, string call, int status);
    }
}
