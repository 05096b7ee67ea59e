using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>Mail exchangers by DNS.</summary>
public sealed class DnsMailExchangers : IMailExchangers
{
    // A domain with more is broken or hostile.
    private const int MaxHosts = 10;

    private readonly LookupClient _dns;

    /// <summary>Asks these name servers; none means the system's.</summary>
    public DnsMailExchangers(IReadOnlyList<IPEndPoint> nameServers)
    {
        var options = nameServers.Count == 0
            ? new LookupClientOptions()
            : new LookupClientOptions([.. nameServers.Select(server => new NameServer(server))]);
        options.Timeout = TimeSpan.FromSeconds(5);
        options.Retries = 2;
        options.UseCache = true;
        options.ThrowDnsErrors = false;
        _dns = new LookupClient(options);
    }

    /// <inheritdoc/>
    public async ValueTask<ExchangerResult> FindAsync(string domain, CancellationToken cancellationToken)
    {
        // RFC 5321 §4.1.3: an address literal is its own server.
        if (domain is ['[', .., ']'])
            return new ExchangerResult(ExchangerStatus.Found, [domain]);
        var answer = await AskAsync(domain, QueryType.MX, cancellationToken);
        if (answer is null)
            return Unavailable(domain);
        if (answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain)
            return new ExchangerResult(ExchangerStatus.NoSuchDomain, [], $"there is no domain {domain}");
        if (answer.HasError)
            return Unavailable(domain);
        var records = answer.Answers.MxRecords().ToList();
        // RFC 5321 §5.1: a domain without MX records is its own server, at preference 0.
        if (records.Count == 0)
            return new ExchangerResult(ExchangerStatus.Found, [domain]);
        if (records.Any(IsNull))
            return new ExchangerResult(ExchangerStatus.NullMx, [], $"{domain} takes no mail");
        return new ExchangerResult(ExchangerStatus.Found, Sort(records));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IPAddress>> FindAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var literal = host.TrimStart('[').TrimEnd(']');
        if (literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
            literal = literal["IPv6:".Length..];
        if (IPAddress.TryParse(literal, out var address))
            return [address];
        var four = await AskAsync(host, QueryType.A, cancellationToken);
        var six = Socket.OSSupportsIPv6 ? await AskAsync(host, QueryType.AAAA, cancellationToken) : null;
        return
        [
            .. four?.Answers.ARecords().Select(record => record.Address) ?? [],
            .. six?.Answers.AaaaRecords().Select(record => record.Address) ?? [],
        ];
    }

    private static ExchangerResult Unavailable(string domain) =>
        new(ExchangerStatus.Unavailable, [], $"DNS did not answer for {domain}");

    // RFC 7505 §3: the one record "0 ."
    private static bool IsNull(MxRecord record) => record.Exchange.Value is "." or "";

    // RFC 5321 §5.1: by preference, and those of the same preference in random order, which spreads the load.
    private static List<string> Sort(List<MxRecord> records)
    {
        var shuffled = records.ToArray();
        Random.Shared.Shuffle(shuffled);
        return [.. shuffled.OrderBy(record => record.Preference).Take(MaxHosts).Select(record => record.Exchange.Value.TrimEnd('.'))];
    }

    private async Task<IDnsQueryResponse?> AskAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            return await _dns.QueryAsync(name, type, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or InvalidOperationException or ArgumentException)
        {
            return null; // No name server, no network, or a name that DNS can't hold.
        }
    }
}
