using System.Collections.Concurrent;
using System.Net;
using UnifiedMsg.Delivery.Queue;

namespace UnifiedMsg.Delivery.Tests;

/// <summary>DNS as the test says: domains with their answers; every host is at a loopback address.</summary>
internal sealed class FakeExchangers : IMailExchangers
{
    private readonly ConcurrentDictionary<string, ExchangerResult> _domains = new();

    public ExchangerResult this[string domain]
    {
        set => _domains[domain] = value;
    }

    public ValueTask<ExchangerResult> FindAsync(string domain, CancellationToken cancellationToken) =>
        new(_domains.TryGetValue(domain, out var result) ? result : new ExchangerResult(ExchangerStatus.Unavailable, [], "DNS did not answer"));

    public ValueTask<IReadOnlyList<IPAddress>> FindAddressesAsync(string host, CancellationToken cancellationToken) =>
        new([IPAddress.Loopback]);
}
