using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
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
    private readonly CancellationTokenSource _stopping = new();

    // RFC 3261 §10.2: all registrations of one client with one registrar have the same Call-ID, and rising numbers.
    private readonly string _callId = SipIds.CallId();
    private readonly string _tag = SipIds.Tag();
    private readonly DigestClient? _digest;
    private Task _running = Task.CompletedTask;
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
        _digest = order.Credentials is null ? null : new DigestClient(order.Credentials);
        Status = new RegistrationStatus(RegistrationState.Registering, order.Servers[0], null, null);
    }

    /// <summary>Its name.</summary>
    public string Name => _order.Name;

    /// <summary>How it stands.</summary>
    public RegistrationStatus Status { get; private set; }

    /// <summary>Ends it, and tells the server when it holds it.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    internal void Start() => _running = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        try
        {
            for (var failures = 0; ;)
            {
                var (response, granted) = await TryAllAsync();
                TimeSpan wait;
                if (response.IsSuccess)
                {
                    failures = 0;
                    wait = RegistrationTiming.Refresh(granted, Random.Shared);
                }
                else
                {
                    wait = RegistrationTiming.BackOff(_order, ++failures, RegistrationTiming.RetryAfter(response), Random.Shared);
                    Log.Failed(_core.Logger, Name, response.Status, response.Reason, wait.TotalSeconds);
                    Tell(RegistrationState.Failed, $"{response.Status} {response.Reason}", null);
                }
                await Task.Delay(wait, _core.Time, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await EndAsync();
        }
        catch (Exception e)
        {
            // A fault of ours ends this registration only, and somebody has to hear of it.
            Log.Faulted(_core.Logger, e, Name);
            Tell(RegistrationState.Failed, e.Message, null);
        }
    }

    /// <summary>Asks the server that held it last, then each other one, until one takes it.</summary>
    private async Task<(SipResponse Response, TimeSpan Granted)> TryAllAsync()
    {
        for (var tried = 1; ; tried++)
        {
            var response = await TryOneAsync();
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

    private async Task<SipResponse> TryOneAsync()
    {
        for (var brief = 0; ; brief++)
        {
            var response = await _core.SendAuthorizedAsync(() => Create(_expires), null, _digest, _stopping.Token);
            if (response.Status != 423 || brief == MaxTooBrief
                || !SipGrammar.TryNumber(response.Headers[SipHeaderNames.MinExpires], uint.MaxValue, out var least) || least <= _expires.TotalSeconds)
                return response;
            _expires = TimeSpan.FromSeconds(least);
        }
    }

    // RFC 3261 §10.2.2. Nobody waits long for it: what is not answered runs out by itself.
    private async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(LastWords, _core.Time);
        try
        {
            if (Status.State == RegistrationState.Registered)
                await _core.SendAuthorizedAsync(() => Create(TimeSpan.Zero), null, _digest, limit.Token);
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
            request.Headers.Add(SipHeaderNames.Route, $"<{(proxy.IsLooseRouter ? proxy : proxy.WithParameter("lr", null))}>");
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

        [LoggerMessage(4514, LogLevel.Error, "registration {Name}: ended by a fault")]
        public static partial void Faulted(ILogger logger, Exception exception, string name);

        [LoggerMessage(4513, LogLevel.Information, "registration {Name}: {Server} did not answer its end; it runs out by itself")]
        public static partial void NotEnded(ILogger logger, string name, SipUri server);
    }
}
