using System.Net;
using System.Net.Sockets;
using DnsClient.Protocol;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Resolution;

/// <summary>RFC 3263 §4: the transport by NAPTR, the servers by SRV, the addresses by A and AAAA.</summary>
internal sealed class DnsSipResolver : ISipResolver
{
    /// <summary>Addresses that are given for one URI. A request that none of so many takes is not going to be taken.</summary>
    private const int MaxTargets = 16;

    /// <summary>Records of one answer that are followed; more are a mistake, or meant to keep us busy.</summary>
    private const int MaxRecords = 8;

    // RFC 3263 §4.1 and RFC 7118 §5.4: what the services of NAPTR records mean.
    private static readonly Dictionary<string, SipTransportKind> Services = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SIP+D2U"] = SipTransportKind.Udp,
        ["SIP+D2T"] = SipTransportKind.Tcp,
        ["SIPS+D2T"] = SipTransportKind.Tls,
        ["SIP+D2W"] = SipTransportKind.Ws,
        ["SIPS+D2W"] = SipTransportKind.Wss,
    };

    private readonly SipDns _dns;
    private readonly SipTransportKind _usual;
    private readonly AddressFamily[] _families;

    /// <summary>Only what the endpoint can use is looked for: UDP where it has a socket, and the families of addresses that it listens in.</summary>
    public DnsSipResolver(SipOptions options)
    {
        _dns = new SipDns(options.NameServers);
        _usual = options.Listen.Any(point => point.Transport == SipTransportKind.Udp) ? SipTransportKind.Udp : SipTransportKind.Tcp;
        _families = options.Listen.Count == 0
            ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]
            : [.. options.Listen.Select(point => point.EndPoint.AddressFamily).Distinct()];
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SipTarget>> ResolveAsync(SipUri uri, CancellationToken cancellationToken)
    {
        if (!uri.IsSip || !TryTransport(uri, out var asked))
            return new([]);
        var kind = asked ?? (uri.Scheme == "sips" ? SipTransportKind.Tls : _usual);
        if (uri.Address is { } address)
            return new([new SipTarget(kind, new IPEndPoint(address, uri.Port ?? kind.DefaultPort), uri.Host)]);
        var name = uri.Target.TrimEnd('.');
        // A name without a dot is one of this machine or network; DNS at large knows nothing of it.
        return uri.Port is not null || !name.Contains('.') || kind.IsWebSocket
            ? new(HostAsync(name, kind, uri.Port ?? kind.DefaultPort, uri.Host, cancellationToken))
            : new(ServersAsync(name, asked, kind, uri, cancellationToken));
    }

    // The parameter "transport"; with a sips URI everything but UDP means the same inside TLS (RFC 3261 §26.2.2, RFC 5630 §3.1.4).
    private static bool TryTransport(SipUri uri, out SipTransportKind? kind)
    {
        var secure = uri.Scheme == "sips";
        kind = uri.Parameters["transport"]?.ToLowerInvariant() switch
        {
            "udp" when !secure => SipTransportKind.Udp,
            "tcp" => secure ? SipTransportKind.Tls : SipTransportKind.Tcp,
            "tls" => SipTransportKind.Tls,
            "ws" => secure ? SipTransportKind.Wss : SipTransportKind.Ws,
            "wss" => SipTransportKind.Wss,
            _ => null,
        };
        return kind is not null || string.IsNullOrEmpty(uri.Parameters["transport"]);
    }

    /// <summary>RFC 3263 §4.1 and §4.2 for a name without a port.</summary>
    private async Task<IReadOnlyList<SipTarget>> ServersAsync(
        string name, SipTransportKind? asked, SipTransportKind usual, SipUri uri, CancellationToken cancellationToken)
    {
        var secure = uri.Scheme == "sips";
        // Whoever is there proves to be the host that was meant (RFC 5922 §7.1), not the one that maddr or DNS names.
        var proved = uri.Host.TrimEnd('.');
        var pointers = asked is null ? await _dns.NaptrAsync(name, cancellationToken) : [];
        // Whoever does not answer one question does not answer the next; the system may know the name from elsewhere.
        if (pointers is null)
            return await HostAsync(name, usual, usual.DefaultPort, proved, cancellationToken);
        var services = FromPointers(pointers, secure);
        if (services.Count == 0)
            services = [.. Usual(asked, secure).Select(kind => (kind, ServiceOf(kind) + name))];
        var answers = await Task.WhenAll(services.Select(service => _dns.SrvAsync(service.Name, cancellationToken)));
        if (answers.All(answer => answer is null or []))
            return await HostAsync(name, usual, usual.DefaultPort, proved, cancellationToken);
        var found = await Task.WhenAll(services.SelectMany((service, i) => HostsOf(answers[i] ?? [])
            .Select(server => HostAsync(server.Target.Value.TrimEnd('.'), service.Kind, server.Port, proved, cancellationToken))));
        return [.. found.SelectMany(targets => targets).Take(MaxTargets)];
    }

    // RFC 2782: the target "." says that there is no such service.
    private static IEnumerable<SrvRecord> HostsOf(IReadOnlyList<SrvRecord> records) =>
        ServiceOrder.Sort(records.Where(record => record.Target.Value is not ("." or "")), Random.Shared).Take(MaxRecords);

    private List<(SipTransportKind Kind, string Name)> FromPointers(IReadOnlyList<NAPtrRecord> records, bool secure) =>
    [
        .. records
            .Where(record => record.Flags.Equals("s", StringComparison.OrdinalIgnoreCase) && Services.TryGetValue(record.Services, out var kind)
                && Serves(kind, secure))
            .OrderBy(record => record.Order).ThenBy(record => record.Preference)
            .Take(MaxRecords)
            .Select(record => (Services[record.Services], record.Replacement.Value)),
    ];

    private bool Serves(SipTransportKind kind, bool secure) => secure ? kind.IsSecure : kind != SipTransportKind.Udp || _usual == SipTransportKind.Udp;

    private SipTransportKind[] Usual(SipTransportKind? asked, bool secure) => (asked, secure) switch
    {
        ({ } one, _) => [one],
        (null, true) => [SipTransportKind.Tls],
        _ when _usual == SipTransportKind.Udp => [SipTransportKind.Udp, SipTransportKind.Tcp, SipTransportKind.Tls],
        _ => [SipTransportKind.Tcp, SipTransportKind.Tls],
    };

    private static string ServiceOf(SipTransportKind kind) => kind switch
    {
        SipTransportKind.Udp => "_sip._udp.",
        SipTransportKind.Tls => "_sips._tcp.",
        _ => "_sip._tcp.",
    };

    private async Task<IReadOnlyList<SipTarget>> HostAsync(
        string host, SipTransportKind kind, int port, string name, CancellationToken cancellationToken)
    {
        var addresses = await _dns.AddressesAsync(host, _families, cancellationToken);
        return [.. addresses.Take(MaxTargets).Select(address => new SipTarget(kind, new IPEndPoint(address, port), name))];
    }
}
