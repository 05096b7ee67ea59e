using System.Diagnostics.Metrics;

namespace UnifiedMsg.Sip.Guard;

/// <summary>What was not served, and why: counted here and not logged, since whoever floods us must not flood the log.</summary>
internal sealed class GuardMetrics : IDisposable
{
    private readonly Meter _meter = new("UnifiedMsg.Sip");
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _blocked;

    public GuardMetrics()
    {
        _dropped = _meter.CreateCounter<long>("dropped", description: "SIP messages left without an answer, by reason.");
        _refused = _meter.CreateCounter<long>("refused", description: "SIP requests refused before they were looked at, by reason.");
        _blocked = _meter.CreateCounter<long>("blocked", description: "Sources shut out for a time, by offence.");
    }

    public void Dropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Blocked(SipOffence offence) => _blocked.Add(1, new KeyValuePair<string, object?>("offence", offence.ToString()));

    public void Dispose() => _meter.Dispose();
}
