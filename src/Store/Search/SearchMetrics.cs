using System.Diagnostics.Metrics;

namespace UnifiedMsg.Store.Search;

/// <summary>How the search index stands, for <c>/metrics</c>.</summary>
internal sealed class SearchMetrics : IDisposable
{
    private readonly Meter _meter = new("UnifiedMsg.Search");

    public SearchMetrics(Func<SearchStatus> status)
    {
        _meter.CreateObservableGauge("lag_messages", () => status().Behind, null, "Messages that are not in the search index yet.");
        _meter.CreateObservableGauge("lag_seconds", () => status().LagSeconds, "s", "For how long a message has waited to be indexed.");
        _meter.CreateObservableGauge("index_bytes", () => status().Octets, "By", "What the search index takes on the disk.");
        _meter.CreateObservableGauge("state", () => (int)status().State, null, "The search index: 0 off, 1 being built, 2 current, 3 failed.");
    }

    public void Dispose() => _meter.Dispose();
}
