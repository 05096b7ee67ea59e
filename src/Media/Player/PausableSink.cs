using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Player;

/// <summary>Stands before a recorder and leaves out what is said during a pause, as if it had never been.</summary>
/// <param name="sink">The recorder.</param>
public sealed class PausableSink(IPcmSink sink) : IPcmSink
{
    private volatile bool _paused;

    /// <summary>Whether what comes is left out. May be set from any thread.</summary>
    public bool IsPaused
    {
        get => _paused;
        set => _paused = value;
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples) => _paused || sink.Write(samples);
}
