using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Registration;

/// <summary>
/// Our registration with a provider or phone system (RFC 3261 §10.2): kept up until it is stopped, over all its servers, with the waits
/// of RFC 5626 §4.5 when none takes it.
/// </summary>
public sealed partial class SipRegistration : IAsyncDisposable
{
    /// <summary>RFC 3261 §21.4.17: a server that wants ever longer times is not followed for ever.</summary>
    private const int MaxTooBrief = 3;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly UserAgentCore _core;
    private readonly RegistrationOrder _order;
    private readonly Upkeep _upkeep;
    private readonly PathKeeper _path;

    // RFC 3261 §10.2: all registrations of one client with one registrar have the same Call-ID, and rising numbers.
    private readonly string _callId = SipIds.CallId();
    private readonly string _tag = SipIds.Tag();
    private readonly DigestClient? _digest;
    private int _failures;
    private TimeSpan _expires;
    private uint _sequence;
    private int _server;
    private SipRequest? _last;

    internal SipRegistration(UserAgentCore core, RegistrationOrder order)
    {
        if (order.Servers.Count == 0)
            throw new ArgumentException("A registration needs a server.", nameof(order));
        _core = core;
        _order = order;
        _expires = order.Expires;
        _digest = DigestClient.Of(order.Credentials);
        _path = new PathKeeper(core);
        _upkeep = new Upkeep(core.Time, RegisterAsync, OnFault, EndAsync);
        Status = new RegistrationStatus(RegistrationState.Registering, order.Servers[0], null, null);
    }

    /// <summary>Its name.</summary>
    public string Name => _order.Name;

    /// <summary>How it stands.</summary>
    public RegistrationStatus Status { get; private set; }

    /// <summary>Ends it, and tells the server when it holds it.</summary>
    public Task StopAsync() => _upkeep.StopAsync();

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    internal void Start() => _upkeep.Start();

    private async Task<TimeSpan> RegisterAsync(CancellationToken stopping)
    {
        var (response, granted) = await TryAllAsync(stopping);
        if (response.IsSuccess)
        {
            _failures = 0;
            return RegistrationTiming.Refresh(granted, Random.Shared);
        }
        var wait = RegistrationTiming.BackOff(_order, ++_failures, response.RetryAfter, Random.Shared);
        Log.Failed(_core.Logger, Name, response.Status, response.Reason, wait.TotalSeconds);
        _path.Keep(null);
        Tell(RegistrationState.Failed, $"{response.Status} {response.Reason}", null);
        return wait;
    }

    // Whoever is told of changes may be the one who has failed, and is not told of that.
    private TimeSpan OnFault(Exception exception)
    {
        var wait = RegistrationTiming.BackOff(_order, ++_failures, null, Random.Shared);
        Log.Faulted(_core.Logger, exception, Name);
        _path.Keep(null);
        if (Status.State != RegistrationState.Stopped)
            Status = new RegistrationStatus(RegistrationState.Failed, Server, exception.Message, null);
        return wait;
    }

    /// <summary>Asks the server that held it last, then each other one, until one takes it.</summary>
    private async Task<(SipResponse Response, TimeSpan Granted)> TryAllAsync(CancellationToken stopping)
    {
        for (var tried = 1; ; tried++)
        {
            var response = await TryOneAsync(stopping);
            if (response.IsSuccess)
            {
                var granted = RegistrationTiming.Granted(response, _last?.Contact?.Uri, _expires);
                if (Status.State != RegistrationState.Registered)
                    Log.Registered(_core.Logger, Name, Server, granted.TotalSeconds);
                Tell(RegistrationState.Registered, null, _core.Time.GetUtcNow() + granted);
                return (response, granted);
            }
            // A later attempt begins with the next server: the one that refused now is likely to do so again.
            _server = (_server + 1) % _order.Servers.Count;
            if (tried == _order.Servers.Count)
                return (response, TimeSpan.Zero);
            Log.NextServer(_core.Logger, Name, response.Status, response.Reason, Server);
        }
    }

    private SipUri Server => _order.Servers[_server];

    private async Task<SipResponse> TryOneAsync(CancellationToken stopping)
    {
        for (var brief = 0; ; brief++)
        {
            var attempts = RequestAttempts.Outside(_core, _digest);
            var response = await _core.SendAsync(() => Create(_expires), attempts, stopping);
            if (response.IsSuccess)
                _path.Keep(attempts.Flow);
            if (response.Status != 423 || brief == MaxTooBrief
                || !SipGrammar.TryNumber(response.Headers[SipHeaderNames.MinExpires], uint.MaxValue, out var least) || least <= _expires.TotalSeconds)
                return response;
            _expires = TimeSpan.FromSeconds(least);
        }
    }

    // RFC 3261 §10.2.2. Nobody waits long for it: what is not answered runs out by itself.
    private async Task EndAsync()
    {
        _path.Keep(null);
        using var limit = new CancellationTokenSource(LastWords, _core.Time);
        try
        {
            if (Status.State == RegistrationState.Registered)
                await _core.SendAsync(() => Create(TimeSpan.Zero), RequestAttempts.Outside(_core, _digest), limit.Token);
        }
        catch (OperationCanceledException)
        {
            Log.NotEnded(_core.Logger, Name, Server);
        }
        Tell(RegistrationState.Stopped, null, null);
    }

    // RFC 3261 §10.2: the Request-URI names the domain alone; To and From are the address of record.
    private SipRequest Create(TimeSpan expires)
    {
        var target = Server;
        var request = new SipRequest(SipMethods.Register, target) { ContactUser = _order.ContactUser ?? _order.AddressOfRecord.User ?? _core.Options.ContactUser };
        if ((_order.OutboundProxy ?? _core.Options.OutboundProxy) is { } proxy)
            request.Headers.AddRoute(proxy);
        request.Headers.Add(SipHeaderNames.MaxForwards, "70");
        request.Headers.Add(SipHeaderNames.From, new NameAddress(_order.AddressOfRecord).WithTag(_tag).ToString());
        request.Headers.Add(SipHeaderNames.To, new NameAddress(_order.AddressOfRecord).ToString());
        request.Headers.Add(SipHeaderNames.CallId, _callId);
        request.Headers.Add(SipHeaderNames.CSeq, new CSeqHeader(++_sequence, SipMethods.Register).ToString());
        request.Headers.Add(SipHeaderNames.Expires, RegistrationTiming.Seconds(expires));
        request.Headers.Add(SipHeaderNames.Allow, Capabilities.Allow);
        return _last = request;
    }

    private void Tell(RegistrationState state, string? reason, DateTimeOffset? expires)
    {
        var status = new RegistrationStatus(state, Server, reason, expires);
        Status = status;
        _order.OnChange?.Invoke(status);
    }

    private static partial class Log
    {
        [LoggerMessage(4510, LogLevel.Information, "registration {Name}: registered with {Server} for {Seconds} s")]
        public static partial void Registered(ILogger logger, string name, SipUri server, double seconds);

        [LoggerMessage(4511, LogLevel.Warning, "registration {Name}: no server has taken it ({Status} {Reason}); next attempt in {Seconds:F0} s")]
        public static partial void Failed(ILogger logger, string name, int status, string reason, double seconds);

        [LoggerMessage(4512, LogLevel.Information, "registration {Name}: {Status} {Reason}; {Server} is tried next")]
        public static partial void NextServer(ILogger logger, string name, int status, string reason, SipUri server);

        [LoggerMessage(4514, LogLevel.Error, "registration {Name}: a fault, of ours or of whoever is told of it")]
        public static partial void Faulted(ILogger logger, Exception exception, string name);

        [LoggerMessage(4513, LogLevel.Information, "registration {Name}: {Server} did not answer its end; it runs out by itself")]
        public static partial void NotEnded(ILogger logger, string name, SipUri server);
    }
}
