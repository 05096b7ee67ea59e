using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip;

/// <summary>What calls, subscriptions and the endpoint share: the layers below, and how requests are made and sent.</summary>
internal sealed class UserAgentCore
{
    /// <summary>Nobody is overtaken more often by chance.</summary>
    private const int MaxAttempts = 4;

    public UserAgentCore(SipOptions options, IRequestUser requests, ILogger logger, TimeProvider time)
    {
        Identities = new Identity.IdentityVerifier(options.Identity, logger, time);
        Options = options;
        Logger = logger;
        Time = time;
        Transactions = new TransactionLayer(options, requests, logger, time);
        Transports = new TransportLayer(options, Transactions, logger, time);
        Transactions.Transports = Transports;
        Router = new RequestRouter(options, Transports, SizeOver, time);
        Transactions.Router = Router;
    }

    public Identity.IdentityVerifier Identities { get; }

    public SipOptions Options { get; }

    public ILogger Logger { get; }

    public TimeProvider Time { get; }

    public TransactionLayer Transactions { get; }

    public TransportLayer Transports { get; }

    public SipTraces Traces => Transports.Traces;

    public RequestRouter Router { get; }

    public DialogTable Dialogs { get; } = new();

    /// <summary>Set once, before anything is received.</summary>
    public Transfers.Referrals Referrals { get; set; } = null!;

    /// <summary>
    /// Our Contact towards that peer. In a dialog with a <c>sips</c> request it is a <c>sips</c> URI (RFC 3261 §8.1.1.8, §12.1.1).
    /// </summary>
    public string ContactFor(SipFlow flow, SipRequest request)
    {
        var secure = IsSecure(request);
        var user = SipUri.EscapeUser(request.ContactUser ?? Options.ContactUser);
        var transport = secure && !flow.Kind.IsWebSocket ? null : flow.Kind.UriParameter;
        return $"<{(secure ? "sips" : "sip")}:{user}@{flow.Own.HostPort}{(transport is null ? "" : $";transport={transport}")}>";
    }

    /// <summary>
    /// Sends a request within a dialog that is not INVITE and gives its final response, a local one when none came. Challenges are answered when there
    /// are credentials.
    /// </summary>
    /// <param name="create">Makes the request, anew for each attempt, with the next CSeq.</param>
    /// <param name="known">The way of the dialog, or null.</param>
    /// <param name="credentials">Name and password, or null.</param>
    /// <param name="cancellationToken">Ends the waiting, not the request.</param>
    public Task<SipResponse> SendAsync(
        Func<SipRequest> create, SipFlow? known, SipCredentials? credentials, CancellationToken cancellationToken) =>
        SendAsync(create, RequestAttempts.Within(this, known, DigestClient.Of(credentials)), cancellationToken);

    /// <summary>
    /// Sends a request within a dialog, and again when it was overtaken by one that was sent after it and so refused (RFC 3261
    /// §12.2.2): for what the other side has to hear at any rate.
    /// </summary>
    public async Task<SipResponse> SendEvenIfOvertakenAsync(Func<SipRequest> create, SipFlow? known, SipCredentials? credentials)
    {
        for (var attempt = 1; ; attempt++)
        {
            var response = await SendAsync(create, known, credentials, CancellationToken.None);
            if (response is not { Status: 500, IsLocal: false } || attempt == MaxAttempts)
                return response;
        }
    }

    /// <summary>Sends a request that is not INVITE, as often as its refusals ask for, and gives its final response.</summary>
    public async Task<SipResponse> SendAsync(Func<SipRequest> create, RequestAttempts attempts, CancellationToken cancellationToken)
    {
        while (true)
        {
            var request = create();
            attempts.Prepare(request);
            var response = await SendOnceAsync(request, attempts, cancellationToken);
            if (attempts.GoesOn(request, response))
                continue;
            return attempts.IsAuthentic(request, response)
                ? attempts.AnswerTo(response)
                : new SipResponse(503, "Answer Not Authentic") { IsLocal = true };
        }
    }

    /// <summary>The way to the next hop of a request; null when nobody can be reached.</summary>
    public ValueTask<(SipFlow? Flow, string? Failure)> FindFlowAsync(SipRequest request, SipFlow? known, CancellationToken cancellationToken) =>
        new RequestPath(Router, known).FindAsync(request, cancellationToken);

    /// <summary>The way to a hop, for any request that fits into a datagram; null when nobody can be reached.</summary>
    public ValueTask<(SipFlow? Flow, string? Failure)> FindFlowAsync(SipUri hop, CancellationToken cancellationToken) =>
        new RequestPath(Router, null).FindAsync(hop, null, cancellationToken);

    /// <summary>The response to a request that could not be sent (RFC 3261 §8.1.3.1).</summary>
    public static SipResponse Unreachable(string? why) => new(503, why ?? "Unreachable") { IsLocal = true };

    /// <summary>Sends a request once, by this way.</summary>
    public async Task<SipResponse> SendAlongAsync(SipRequest request, SipFlow flow, CancellationToken cancellationToken)
    {
        if (request.Method != SipMethods.Invite && NeedsContact(request))
            request.Headers.Add(SipHeaderNames.Contact, ContactFor(flow, request));
        var waiting = new FinalResponse();
        Transactions.Send(request, flow, waiting);
        return await waiting.Task.WaitAsync(cancellationToken);
    }

    private async Task<SipResponse> SendOnceAsync(SipRequest request, RequestAttempts attempts, CancellationToken cancellationToken)
    {
        var (flow, failure) = await attempts.Path.FindAsync(request, cancellationToken);
        attempts.Flow = flow;
        return flow is null ? Unreachable(failure) : await SendAlongAsync(request, flow, cancellationToken);
    }

    // RFC 3261 §8.1.1.8 and its kin for the other methods that make or refresh a dialog. A REGISTER without Contact is a question (§10.2.3).
    private static bool NeedsContact(SipRequest request) => !request.Headers.Contains(SipHeaderNames.Contact)
        && (request.ContactUser is not null
            || request.Method is SipMethods.Invite or SipMethods.Subscribe or SipMethods.Notify or SipMethods.Update or SipMethods.Refer);

    private static bool IsSecure(SipRequest request) => request.Uri.Scheme == "sips"
        || (NameAddress.TryParse(request.Headers.FirstValue(SipHeaderNames.RecordRoute), out var route) ? route : request.Contact)?.Uri.Scheme == "sips";

    private int SizeOver(SipRequest request, SipFlow flow) => SipMessageWriter.SizeOf(request) + Transactions.SizeAdded(request, flow)
        + (NeedsContact(request) ? SipMessageWriter.SizeOf(SipHeaderNames.Contact, ContactFor(flow, request)) : 0);

    private sealed class FinalResponse : IClientTransactionUser
    {
        private readonly TaskCompletionSource<SipResponse> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<SipResponse> Task => _source.Task;

        public void OnResponse(SipResponse response)
        {
            if (!response.IsProvisional)
                _source.TrySetResult(response);
        }
    }
}
