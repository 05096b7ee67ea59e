using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Session;

/// <summary>A piece that is being played, and who waits for its end.</summary>
internal sealed class Playback(IAudioSource source)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IAudioSource Source { get; private set; } = source;
    public Task Done => _done.Task;

    // The codec may have changed since it was begun, or while it plays.
    public void Follow(int rate)
    {
        if (Source.SampleRate != rate)
            Source = new ResampledSource(Source, rate);
    }

    public void Complete() => _done.TrySetResult();
    public void Cancel(CancellationToken token) => _done.TrySetCanceled(token);
}
