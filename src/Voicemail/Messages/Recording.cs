namespace UnifiedMsg.Voicemail.Messages;

/// <summary>A recording in which something was said.</summary>
/// <param name="Path">The WAV file.</param>
/// <param name="Duration">Its length.</param>
/// <param name="SampleRate">In Hz.</param>
internal sealed record Recording(string Path, TimeSpan Duration, int SampleRate);
