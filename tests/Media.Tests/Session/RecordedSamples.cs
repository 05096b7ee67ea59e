using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>A recording in memory, and who waits until it is so long.</summary>
internal sealed class RecordedSamples : IPcmSink
{
    private readonly List<short> _samples = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];

    public short[] Samples
    {
        get
        {
            lock (_samples)
                return [.. _samples];
        }
    }

    public Task HasAsync(int count)
    {
        lock (_samples)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            Tell();
            return reached.Task;
        }
    }

    public bool Write(ReadOnlySpan<short> more)
    {
        lock (_samples)
        {
            _samples.AddRange(more);
            Tell();
        }
        return true;
    }

    private void Tell()
    {
        foreach (var (count, reached) in _waiting)
        {
            if (_samples.Count >= count)
                reached.TrySetResult();
        }
    }
}
