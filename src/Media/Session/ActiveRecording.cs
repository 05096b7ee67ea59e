namespace UnifiedMsg.Media.Session;

/// <summary>A recording under way; disposing it ends it.</summary>
public sealed class ActiveRecording : IDisposable
{
    private readonly Receiver receiver;
    private readonly RecordingMonitor monitor;
    private readonly MediaClock clock;

    internal ActiveRecording(Receiver receiver, RecordingMonitor monitor, MediaClock clock)
    {
        this.receiver = receiver;
        this.monitor = monitor;
        this.clock = clock;
        Outcome = WaitAsync();
    }

    /// <summary>How it went; completes when it is over and its sink is not called any more.</summary>
    public Task<RecordingOutcome> Outcome { get; }

    /// <summary>Ends the recording; what was held back to be put in order goes into it first.</summary>
    public void Dispose()
    {
        receiver.Stop(monitor, clock.Now);
        monitor.End(RecordingEnd.Stopped);
    }

    private async Task<RecordingOutcome> WaitAsync()
    {
        await monitor.Ended;
        receiver.Stop(monitor, clock.Now);
        return monitor.Outcome;
    }
}
