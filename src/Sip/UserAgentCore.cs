using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip;

/// <summary>What calls, subscriptions and the endpoint share: the layers below, and how requests are made and sent.</summary>
internal sealed class UserAgentCore
{
    /// <summary>A challenge, a stale nonce, and a second one from another proxy on the way.</summary>
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
        Router = new RequestRouter(options, Transports);
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

    /// <summary>Our Contact towards that peer.</summary>
    public string ContactFor(SipFlow flow, string? user = null) =>
        $"<sip:{SipUri.EscapeUser(user ?? Options.ContactUser)}@{flow.Own.Host}:{flow.Own.Port}{(flow.Kind == SipTransportKind.Tcp ? ";transport=tcp" : "")}>";

    /// <summary>
    /// Sends a request that is not INVITE and gives its final response, a local one when none came. Challenges are answered when there
    /// are credentials.
    /// </summary>
    /// <param name="create">Makes the request, anew for each attempt, with the next CSeq.</param>
    /// <param name="known">The way of the dialog, or null.</param>
    /// <param name="credentials">Name and password, or null.</param>
    /// <param name="cancellationToken">Ends the waiting, not the request.</param>
    public Task<SipResponse> SendAsync(
        Func<SipRequest> create, SipFlow? known, SipCredentials? credentials, CancellationToken cancellationToken) =>
        SendAuthorizedAsync(create, known, credentials is null ? null : new DigestClient(credentials), cancellationToken);

    /// <summary>The same, with what is known from challenges to earlier requests.</summary>
    public async Task<SipResponse> SendAuthorizedAsync(
        Func<SipRequest> create, SipFlow? known, DigestClient? digest, CancellationToken cancellationToken)
    {
        SipResponse? challenge = null;
        for (var attempt = 0; ; attempt++)
        {
            var request = create();
            if (challenge is null)
                digest?.Begin(request);
            else if (!digest!.TryAuthorize(request, challenge))
                return challenge;
            var response = await SendOnceAsync(request, known, cancellationToken);
            if (digest is null)
                return response;
            if (response.Status is not (401 or 407) || attempt + 1 == MaxAttempts)
                return digest.Accepts(request, response) ? response : new SipResponse(503, "Answer Not Authentic") { IsLocal = true };
            challenge = response;
        }
    }

    /// <summary>The way to the next hop of a request; null when nobody can be reached.</summary>
    public async ValueTask<(SipFlow? Flow, string? Failure)> FindFlowAsync(SipUri hop, SipFlow? known, CancellationToken cancellationToken)
    {
        try
        {
            return (await Router.FlowToAsync(hop, known, cancellationToken), null);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or TimeoutException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The response to a request that could not be sent (RFC 3261 §8.1.3.1).</summary>
    public static SipResponse Unreachable(string? why) => new(503, why ?? "Unreachable") { IsLocal = true };

    /// <summary>Sends a request once, by this way.</summary>
    public async Task<SipResponse> SendAlongAsync(SipRequest request, SipFlow flow, CancellationToken cancellationToken)
    {
        if (!request.Headers.Contains(SipHeaderNames.Contact) && NeedsContact(request))
            request.Headers.Add(SipHeaderNames.Contact, ContactFor(flow, request.ContactUser));
        var waiting = new FinalResponse();
        Transactions.Send(request, flow, waiting);
        return await waiting.Task.WaitAsync(cancellationToken);
    }

    private async Task<SipResponse> SendOnceAsync(SipRequest request, SipFlow? known, CancellationToken cancellationToken)
    {
        var (flow, failure) = await FindFlowAsync(RequestRouter.NextHop(request), known, cancellationToken);
        return flow is null ? Unreachable(failure) : await SendAlongAsync(request, flow, cancellationToken);
    }

    // A REGISTER without Contact is a question (RFC 3261 §10.2.3).
    private static bool NeedsContact(SipRequest request) =>
        request.ContactUser is not null || request.Method is SipMethods.Subscribe or SipMethods.Notify or SipMethods.Update or SipMethods.Refer;

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
