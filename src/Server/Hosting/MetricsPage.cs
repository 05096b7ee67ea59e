using Microsoft.AspNetCore.Http;
using Prometheus;

namespace UnifiedMsg.Server.Hosting;

/// <summary><c>/metrics</c>: what the meters named <c>UnifiedMsg.*</c> and the runtime measure, in the text format of Prometheus. A figure
/// has the name of its meter and then its own: <c>lag_messages</c> of <c>UnifiedMsg.Search</c> is <c>unifiedmsg_search_lag_messages</c>.</summary>
internal sealed class MetricsPage : IDisposable
{
    private const string OurMeters = "UnifiedMsg.";
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly IDisposable _adapter;

    public MetricsPage()
    {
        DotNetStats.Register(_registry);
        _adapter = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = _registry,
            MetricFactory = Metrics.WithCustomRegistry(_registry),
            InstrumentFilterPredicate = instrument => instrument.Meter.Name.StartsWith(OurMeters, StringComparison.Ordinal),
        });
    }

    /// <summary>Writes the figures of now.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = ContentType;
        await _registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }

    public void Dispose() => _adapter.Dispose();
}
