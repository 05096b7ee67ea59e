using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Session;

/// <summary>A piece that is being played, and who waits for its end.</summary>
internal sealed class Playback(IAudioSource source)
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IAudioSource Source => source;
    public Task Done => done.Task;
    public void Complete() => done.TrySetResult();
    public void Cancel(CancellationToken token) => done.TrySetCanceled(token);
}
