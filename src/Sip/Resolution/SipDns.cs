using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace UnifiedMsg.Sip.Resolution;

/// <summary>What DNS says; null when nobody answered. Answers are kept for as long as they allow, within reason.</summary>
/// <param name="nameServers">Whom to ask; empty for those of the system, and then addresses come the way of the system, with its hosts file.</param>
internal sealed class SipDns(IReadOnlyList<IPEndPoint> nameServers)
{
    /// <summary>A caller waits meanwhile. A question is asked twice.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Answers are kept no longer than this, whatever they allow: whoever sends us requests with ever new names has them looked up, and
    /// nothing else bounds how many are kept.
    /// </summary>
    private static readonly TimeSpan LongestKept = TimeSpan.FromMinutes(10);

    private readonly Lazy<LookupClient> _client = new(() => Create(nameServers));

    public async Task<IReadOnlyList<NAPtrRecord>?> NaptrAsync(string name, CancellationToken cancellationToken) =>
        (await AskAsync(name, QueryType.NAPTR, cancellationToken))?.Answers.OfType<NAPtrRecord>().ToList();

    public async Task<IReadOnlyList<SrvRecord>?> SrvAsync(string name, CancellationToken cancellationToken) =>
        (await AskAsync(name, QueryType.SRV, cancellationToken))?.Answers.SrvRecords().ToList();

    /// <summary>The addresses of those families, in their order.</summary>
    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(string name, IReadOnlyList<AddressFamily> families, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(families.Select(family => nameServers.Count == 0
            ? AskSystemAsync(name, family, cancellationToken)
            : AskAddressesAsync(name, family, cancellationToken)));
        return [.. found.SelectMany(each => each)];
    }

    private static LookupClient Create(IReadOnlyList<IPEndPoint> nameServers)
    {
        var options = nameServers.Count == 0
            ? new LookupClientOptions()
            : new LookupClientOptions([.. nameServers.Select(server => new NameServer(server))]);
        options.Timeout = Timeout;
        options.Retries = 1;
        options.UseCache = true;
        options.MaximumCacheTimeout = LongestKept;
        options.ThrowDnsErrors = false;
        return new LookupClient(options);
    }

    private async Task<IEnumerable<IPAddress>> AskAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        var type = family == AddressFamily.InterNetworkV6 ? QueryType.AAAA : QueryType.A;
        return (await AskAsync(name, type, cancellationToken))?.Answers.OfType<AddressRecord>().Select(record => record.Address) ?? [];
    }

    private static async Task<IEnumerable<IPAddress>> AskSystemAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name, family, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return []; // not known, nobody could be asked, or a name that the system can't hold
        }
    }

    private async Task<IDnsQueryResponse?> AskAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.Value.QueryAsync(name, type, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // No name server, no network, a name that DNS can't hold, or an answer that can't be read: for the last one the library has
            // kinds of exceptions that it does not show.
            return null;
        }
    }
}
