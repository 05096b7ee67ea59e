using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Gateways;

/// <summary>A gateway to watch with OPTIONS (RFC 3261 §11).</summary>
public sealed record GatewayOrder
{
    /// <summary>Its name in logs and figures.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is.</summary>
    public required SipUri Target { get; init; }

    /// <summary>Who asks.</summary>
    public required NameAddress From { get; init; }

    /// <summary>Told when it goes up or down.</summary>
    public Action<GatewayStatus>? OnChange { get; init; }

    /// <summary>How often it is asked. Half a minute is what an address translation on the way keeps a UDP path open for.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may take to answer: three retransmissions at T1 = 500 ms.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Answers missing in a row until it is down: one lost datagram or one restart is not the end of a gateway.</summary>
    public int DownAfter { get; init; } = 2;

    /// <summary>Answers in a row until it is up again: one that comes and goes stays down.</summary>
    public int UpAfter { get; init; } = 2;
}

/// <summary>Whether a gateway answers.</summary>
public enum GatewayState
{
    /// <summary>Not asked yet.</summary>
    Unknown,

    /// <summary>It answers.</summary>
    Up,

    /// <summary>It does not.</summary>
    Down,
}

/// <summary>How a gateway stands, and why.</summary>
/// <param name="State">The state.</param>
/// <param name="Answer">What it said last, such as <c>200 OK</c>, or why it could not be asked; null before the first time.</param>
/// <param name="RoundTrip">How long that took; null when nothing came.</param>
/// <param name="Since">Since when it is in this state.</param>
public sealed record GatewayStatus(GatewayState State, string? Answer, TimeSpan? RoundTrip, DateTimeOffset Since);

/// <summary>Asks a gateway again and again whether it is there.</summary>
public sealed partial class SipGateway : IAsyncDisposable
{
    private readonly UserAgentCore _core;
    private readonly GatewayOrder _order;
    private readonly Func<string, SipUri, NameAddress, NameAddress?, SipRequest> _create;
    private readonly Upkeep _upkeep;
    private int _answered;
    private int _missed;

    internal SipGateway(UserAgentCore core, GatewayOrder order, Func<string, SipUri, NameAddress, NameAddress?, SipRequest> create)
    {
        _core = core;
        _order = order;
        _create = create;
        _upkeep = new Upkeep(core.Time, WatchAsync, OnFault, () => Task.CompletedTask);
        Status = new GatewayStatus(GatewayState.Unknown, null, null, core.Time.GetUtcNow());
    }

    /// <summary>Its name.</summary>
    public string Name => _order.Name;

    /// <summary>How it stands.</summary>
    public GatewayStatus Status { get; private set; }

    /// <summary>Ends the watch.</summary>
    public Task StopAsync() => _upkeep.StopAsync();

    /// <summary>Ends the watch.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    internal void Start() => _upkeep.Start();

    private async Task<TimeSpan> WatchAsync(CancellationToken stopping)
    {
        await AskAsync(stopping);
        // Spread by a tenth, so that many gateways are not asked in one moment.
        return _order.Interval * (0.9 + (0.2 * Random.Shared.NextDouble()));
    }

    private TimeSpan OnFault(Exception exception)
    {
        Log.Faulted(_core.Logger, exception, Name);
        return _order.Interval;
    }

    private async Task AskAsync(CancellationToken stopping)
    {
        var started = _core.Time.GetTimestamp();
        using var limit = new CancellationTokenSource(_order.Timeout, _core.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            var response = await _core.SendAsync(CreateOptions, null, null, either.Token);
            Judge(IsAlive(response), response.ToString(), response.IsLocal ? null : _core.Time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Judge(false, $"no answer within {_order.Timeout.TotalSeconds} s", null);
        }
    }

    // Not sent on by redirects: what is somewhere else says nothing about this gateway.
    private SipRequest CreateOptions()
    {
        var request = _create(SipMethods.Options, _order.Target, _order.From, null);
        request.Headers.Add(SipHeaderNames.Accept, Capabilities.Accept);
        return request;
    }

    // Any answer of its own shows that it is there, also 405 or 403; but who says 408, 502, 503 or 504 takes no calls at the moment.
    private static bool IsAlive(SipResponse response) => !response.IsLocal && response.Status is not (408 or 502 or 503 or 504);

    private void Judge(bool alive, string answer, TimeSpan? roundTrip)
    {
        (_answered, _missed) = alive ? (_answered + 1, 0) : (0, _missed + 1);
        var before = Status;
        var state = before.State switch
        {
            GatewayState.Unknown when alive => GatewayState.Up,
            GatewayState.Unknown or GatewayState.Up when _missed >= _order.DownAfter => GatewayState.Down,
            GatewayState.Down when _answered >= _order.UpAfter => GatewayState.Up,
            var same => same,
        };
        Status = new GatewayStatus(state, answer, roundTrip, state == before.State ? before.Since : _core.Time.GetUtcNow());
        if (state == before.State)
            return;
        if (state == GatewayState.Down)
            Log.Down(_core.Logger, Name, _order.Target, answer);
        else
            Log.Up(_core.Logger, Name, _order.Target, answer);
        _order.OnChange?.Invoke(Status);
    }

    private static partial class Log
    {
        [LoggerMessage(4520, LogLevel.Information, "gateway {Name} ({Target}) is up: {Answer}")]
        public static partial void Up(ILogger logger, string name, SipUri target, string answer);

        [LoggerMessage(4522, LogLevel.Error, "gateway {Name}: a fault, of ours or of whoever is told of it")]
        public static partial void Faulted(ILogger logger, Exception exception, string name);

        [LoggerMessage(4521, LogLevel.Warning, "gateway {Name} ({Target}) is down: {Answer}")]
        public static partial void Down(ILogger logger, string name, SipUri target, string answer);
    }
}
