using System.Net.Sockets;
using System.Reflection;
using UnifiedMsg.Server.Phones;
using UnifiedMsg.Server.Upstream;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Server.Administration;

/// <summary>What only a running server knows, out of its memory.</summary>
public sealed class RunningServer
{
    private readonly SipEndpoint _endpoint;
    private readonly UpstreamTrunks _upstream;
    private readonly PhoneBindings _phones;
    private readonly Func<SearchStatus> _search;
    private readonly Func<BackfillStatus?> _backfill;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;

    internal RunningServer(
        SipEndpoint endpoint, UpstreamTrunks upstream, PhoneBindings phones, Func<SearchStatus> search, Func<BackfillStatus?> backfill, TimeProvider time)
    {
        (_endpoint, _upstream, _phones, _search, _backfill, _time) = (endpoint, upstream, phones, search, backfill, time);
        _started = time.GetUtcNow();
    }

    /// <summary>The version of this program.</summary>
    public static string Version { get; } =
        typeof(RunningServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>What went over SIP lately.</summary>
    public SipTraces Traces => _endpoint.Traces;

    /// <summary>How it stands.</summary>
    public async Task<ServerStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var phones = await _phones.CountAsync(cancellationToken);
        var now = _time.GetUtcNow();
        return new ServerStatus(
            Version,
            _started,
            (long)(now - _started).TotalSeconds,
            _endpoint.CallCount,
            phones,
            [.. _endpoint.Bound.Select(point => point.ToString())],
            [.. from each in _upstream.Registrations
                let status = each.Status
                select new ProviderStatus(each.Name, status.State, status.Server.ToString(), status.Expires, status.Reason)],
            [.. from each in _upstream.Gateways
                let status = each.Status
                select new WatchedGateway(each.Name, status.State, status.Since, status.Answer)],
            [.. from each in _endpoint.Guard.Blocked
                select new ShutOut(NameOf(each), each.Offence, (long)Math.Ceiling((each.Until - now).TotalSeconds))],
            _search(),
            _backfill());
    }

    // A source of IPv6 is a whole /64.
    private static string NameOf(BlockedSource source) =>
        source.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"{source.Address}/64" : source.Address.ToString();
}
