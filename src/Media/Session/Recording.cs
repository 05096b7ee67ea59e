namespace UnifiedMsg.Media.Session;

/// <summary>When a recording ends by itself. What is null does not end it.</summary>
public sealed record RecordingLimits
{
    /// <summary>The longest recording.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>So long nobody spoke: at the beginning, or since the last word.</summary>
    public TimeSpan? MaxSilence { get; init; }

    /// <summary>So long no packet came at all: the caller's phone or network is gone.</summary>
    public TimeSpan? MediaTimeout { get; init; }

    /// <summary>Keys that end it.</summary>
    public string StopKeys { get; init; } = "";

    /// <summary>Whether the calling tone of a fax machine ends it.</summary>
    public bool EndOnFax { get; init; }
}

/// <summary>Why a recording ended.</summary>
public enum RecordingEnd
{
    /// <summary>The caller's token fired: usually the other side hung up.</summary>
    Stopped,

    /// <summary>The session was closed.</summary>
    CallEnded,

    /// <summary>A key of <see cref="RecordingLimits.StopKeys"/> was pressed.</summary>
    Key,

    /// <summary><see cref="RecordingLimits.MaxSilence"/></summary>
    Silence,

    /// <summary><see cref="RecordingLimits.MaxDuration"/></summary>
    MaxDuration,

    /// <summary><see cref="RecordingLimits.MediaTimeout"/></summary>
    MediaTimeout,

    /// <summary>The sink took no more, a full disk for one.</summary>
    SinkFailed,

    /// <summary><see cref="RecordingLimits.EndOnFax"/></summary>
    Fax,
}

/// <summary>How a recording went.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Key">The key that ended it.</param>
/// <param name="Duration">How long it is.</param>
/// <param name="Speech">For how long of it somebody spoke.</param>
/// <param name="SpeechEnd">Where the last word ended.</param>
/// <param name="ContainsSpeech">Whether anything was said at all.</param>
public sealed record RecordingOutcome(
    RecordingEnd End, char? Key, TimeSpan Duration, TimeSpan Speech, TimeSpan SpeechEnd, bool ContainsSpeech);
