namespace UnifiedMsg.Media.Session;

/// <summary>A recording under way; disposing it ends it.</summary>
public sealed class ActiveRecording : IDisposable
{
    private readonly Receiver _receiver;
    private readonly RecordingMonitor _monitor;
    private readonly MediaClock _clock;

    internal ActiveRecording(Receiver receiver, RecordingMonitor monitor, MediaClock clock)
    {
        _receiver = receiver;
        _monitor = monitor;
        _clock = clock;
        Outcome = WaitAsync();
    }

    /// <summary>How it went; completes when it is over and its sink is not called any more.</summary>
    public Task<RecordingOutcome> Outcome { get; }

    /// <summary>Ends the recording; what was held back to be put in order goes into it first.</summary>
    public void Dispose()
    {
        _receiver.Stop(_monitor, _clock.Now);
        _monitor.End(RecordingEnd.Stopped);
    }

    private async Task<RecordingOutcome> WaitAsync()
    {
        await _monitor.Ended;
        _receiver.Stop(_monitor, _clock.Now);
        return _monitor.Outcome;
    }
}
