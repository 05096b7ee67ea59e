namespace UnifiedMsg.Speech;

/// <summary>An engine did not give a text. The message says why in words for an administrator, without keys.</summary>
public sealed class SpeechException : Exception
{
    /// <summary>An engine failed.</summary>
    /// <param name="message">Why.</param>
    /// <param name="retry">Whether the same file may succeed later.</param>
    /// <param name="inner">What was thrown.</param>
    public SpeechException(string message, bool retry, Exception? inner = null) : base(message, inner) => Retry = retry;

    /// <summary>True when the same file may succeed later: the engine was busy, unreachable or too slow.</summary>
    public bool Retry { get; }
}
