using System.Diagnostics.Metrics;

namespace UnifiedMsg.Voicemail;

/// <summary>What became of calls, for those who watch the server.</summary>
internal sealed class VoicemailMetrics : IDisposable
{
    private readonly Meter _meter = new("UnifiedMsg.Voicemail");
    private readonly Counter<long> _failed;
    private readonly Counter<long> _faxes;

    public VoicemailMetrics()
    {
        _failed = _meter.CreateCounter<long>(
            "recordings.failed", description: "Recordings that the disk did not take: none of the message, or its beginning only.");
        _faxes = _meter.CreateCounter<long>("faxes", description: "Calls of fax machines, which are not received.");
        // From the start on, so that whoever watches sees a 0 and not nothing.
        _failed.Add(0, Kept("none"));
        _failed.Add(0, Kept("beginning"));
        _faxes.Add(0);
    }

    /// <summary>No recording could be made.</summary>
    public void NotRecorded() => _failed.Add(1, Kept("none"));

    /// <summary>A recording ended before the caller did.</summary>
    public void CutOff() => _failed.Add(1, Kept("beginning"));

    /// <summary>A fax machine called.</summary>
    public void Fax() => _faxes.Add(1);

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Kept(string what) => new("kept", what);
}
