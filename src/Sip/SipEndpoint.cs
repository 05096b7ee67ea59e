using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Gateways;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip;

/// <summary>A SIP user agent, server and client in one (RFC 3261): listens, serves calls and subscriptions, places calls, sends requests.</summary>
public sealed class SipEndpoint : IAsyncDisposable
{
    /// <summary>How long the BYEs of the last calls may take after the drain: enough for one retransmission each way.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly SipOptions _options;
    private readonly TimeProvider _time;
    private readonly UserAgentCore _core;
    private readonly CallRegistry _calls;
    private readonly CallPlacer _placer;
    private readonly Notifier _notifier;
    private readonly RegisteredPhones? _phones;
    private readonly UpstreamPeers _upstream;
    private readonly CancellationTokenSource _stopping = new();
    private int _stopped;

    /// <summary>Makes an endpoint that does nothing until <see cref="StartAsync"/>.</summary>
    public SipEndpoint(SipOptions options, ISipApplication application, ILoggerFactory loggers, TimeProvider? time = null)
    {
        _options = options;
        _time = time ?? TimeProvider.System;
        var logger = loggers.CreateLogger("UnifiedMsg.Sip");
        var dispatcher = new RequestDispatcher(application, logger);
        _core = new UserAgentCore(options, dispatcher, logger, _time);
        _calls = new CallRegistry(options.MaxCalls, options.MaxCallsPerSource);
        _placer = new CallPlacer(_core, _calls);
        _notifier = new Notifier(_core, application, _stopping.Token);
        _core.Referrals = new Referrals(_core, application, _stopping.Token);
        _upstream = new UpstreamPeers(_core);
        if (options.Registrar is { } registrar)
        {
            if (options.Authentication is null)
                throw new ArgumentException("A registrar needs authentication.", nameof(options));
            _phones = new RegisteredPhones(_core, registrar);
        }
        dispatcher.Attach(_core, _calls, _notifier, _phones?.ServiceFor(application), _stopping.Token);
    }

    /// <summary>Where it listens, with actual ports; empty before <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<SipListenPoint> Bound => _core.Transports.Bound;

    /// <summary>Calls that are not over, in both directions.</summary>
    public int CallCount => _calls.Count;

    /// <summary>Subscriptions that others have with us.</summary>
    public int SubscriptionCount => _notifier.Count;

    /// <summary>Transactions that are not over, among them those that wait only to meet retransmissions.</summary>
    public int TransactionCount => _core.Transactions.Count;

    /// <summary>Who is shut out, and where offences are told.</summary>
    public ISipGuard Guard => _core.Transports.Guard;

    /// <summary>What went over the wire lately, call by call.</summary>
    public SipTraces Traces => _core.Traces;

    /// <summary>For tests: the layers below.</summary>
    internal UserAgentCore Core => _core;

    /// <summary>Takes every listen point, or none.</summary>
    /// <exception cref="Network.ListenException">One can't be had; the message names it.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _core.Transports.StartAsync(cancellationToken);

    /// <summary>
    /// Places a call. Cancelling it sends a CANCEL, or a BYE when the answer crossed it, and throws once that is done. A refusal, no
    /// answer and an unreachable host are results.
    /// </summary>
    public Task<OutgoingCallResult> CallAsync(OutgoingCallRequest request, CancellationToken cancellationToken) =>
        _placer.PlaceAsync(request, cancellationToken);

    /// <summary>A request outside a dialog, ready for <see cref="SendAsync"/>; headers and a body can be added.</summary>
    public SipRequest CreateRequest(string method, SipUri target, NameAddress from, NameAddress? to = null)
    {
        var request = new SipRequest(method, target);
        if (_options.OutboundProxy is { } proxy)
            request.Headers.AddRoute(proxy);
        request.Headers.Add(SipHeaderNames.MaxForwards, "70");
        request.Headers.Add(SipHeaderNames.From, (from.Tag is null ? from.WithTag(SipIds.Tag()) : from).ToString());
        request.Headers.Add(SipHeaderNames.To, (to ?? new NameAddress(target)).ToString());
        request.Headers.Add(SipHeaderNames.CallId, SipIds.CallId());
        request.Headers.Add(SipHeaderNames.CSeq, new CSeqHeader(1, method).ToString());
        return request;
    }

    /// <summary>
    /// Sends a request outside a dialog, other than INVITE, and gives the final response; a local 408 or 503 when none came. It goes on to
    /// where redirects lead. The request is not changed: each attempt sends a copy.
    /// </summary>
    public Task<SipResponse> SendAsync(SipRequest request, SipCredentials? credentials = null, CancellationToken cancellationToken = default)
    {
        if (request.Method is SipMethods.Invite or SipMethods.Ack or SipMethods.Cancel)
            throw new ArgumentException($"{request.Method} is not sent this way.", nameof(request));
        var number = request.CSeq?.Number ?? throw new ArgumentException("The request has no CSeq.", nameof(request));
        return _core.SendAsync(() => Copy(request, number++), RequestAttempts.Outside(_core, DigestClient.Of(credentials)), cancellationToken);
    }

    /// <summary>Subscribes to a state (RFC 6665), such as the lamp of a phone.</summary>
    public Task<SubscriptionResult> SubscribeAsync(SubscriptionOrder order, CancellationToken cancellationToken) =>
        SubscriberSubscription.StartAsync(_core, this, order, cancellationToken);

    /// <summary>The phones that are registered with us under this name now, the preferred ones first.</summary>
    public ValueTask<IReadOnlyList<SipBinding>> FindPhonesAsync(string addressOfRecord, CancellationToken cancellationToken) =>
        _phones?.FindAsync(addressOfRecord, cancellationToken) ?? new([]);

    /// <summary>
    /// Sends a request outside a dialog, other than INVITE, to a phone that is registered with us, by the way on which it can be reached.
    /// Its Request-URI becomes the phone's.
    /// </summary>
    public Task<SipResponse> SendToPhoneAsync(SipRequest request, SipBinding phone, CancellationToken cancellationToken) =>
        (_phones ?? throw new InvalidOperationException("There is no registrar.")).SendAsync(request, phone, cancellationToken);

    /// <summary>Registers us with a provider or phone system, and keeps it so until the registration is stopped.</summary>
    public SipRegistration Register(RegistrationOrder order) => _upstream.Register(order);

    /// <summary>Watches a gateway with OPTIONS until the watch is stopped.</summary>
    public SipGateway Watch(GatewayOrder order) => _upstream.Watch(order, CreateRequest);

    /// <summary>Our address as the peer of that URI reaches it: what a session description offered to it should say.</summary>
    /// <exception cref="SocketException">The peer can't be reached.</exception>
    public async ValueTask<IPAddress> LocalAddressForAsync(SipUri target, CancellationToken cancellationToken)
    {
        var (flow, _) = await _core.FindFlowAsync(_options.OutboundProxy ?? target, cancellationToken);
        if (flow is null)
            throw new SocketException((int)SocketError.HostUnreachable);
        return IPAddress.TryParse(flow.Own.Host.Trim('[', ']'), out var told) ? told : flow.Own.Address;
    }

    /// <summary>
    /// Takes no more calls (503), tells the application to come to an end, waits for its calls at most <paramref name="drain"/>, hangs up
    /// what is left, and closes.
    /// </summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        var drained = _calls.DrainAsync();
        await _stopping.CancelAsync();
        await WaitAsync(_upstream.StopAsync(), LastWords);
        await WaitAsync(drained, drain);
        await WaitAsync(Task.WhenAll(_calls.Calls.Select(c => c.HangUpAsync())), LastWords);
        await _core.Transports.StopAsync(TimeSpan.FromSeconds(1));
        _notifier.Abandon();
        await _core.Transports.DisposeAsync();
    }

    /// <summary>Stops without draining.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _core.Identities.Dispose();
        _stopping.Dispose();
    }

    private static SipRequest Copy(SipRequest request, uint number)
    {
        var copy = new SipRequest(request.Method, request.Uri) { Body = request.Body };
        foreach (var field in request.Headers)
            copy.Headers.Add(field.Name, field.Value);
        copy.Headers[SipHeaderNames.CSeq] = new CSeqHeader(number, request.Method).ToString();
        return copy;
    }

    private async Task WaitAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, _time);
        }
        catch (TimeoutException)
        {
            // What is not done by now is cut off by what follows.
        }
    }
}
