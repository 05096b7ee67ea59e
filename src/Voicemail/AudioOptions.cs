using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Voicemail;

/// <summary>How callers hear us, and how their messages sound.</summary>
public sealed record AudioOptions
{
    /// <summary>The tones that callers know.</summary>
    public CountryTones Tones { get; init; } = CountryTones.Default;

    /// <summary>To what loudness prompts and greetings are brought when they are loaded; null leaves them as they are.</summary>
    public LevellingTarget? Prompts { get; init; } = new(-23);

    /// <summary>To what loudness delivered messages are brought; null leaves them sample for sample as they were recorded.</summary>
    public LevellingTarget? Messages { get; init; }

    /// <summary>What kind of file a message brings.</summary>
    public AudioFileKind Format { get; init; } = AudioFileKind.Wav;
}
