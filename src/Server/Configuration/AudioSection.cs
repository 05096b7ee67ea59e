using UnifiedMsg.Media.Signals;

namespace UnifiedMsg.Server.Configuration;

/// <summary>What callers hear, and what their messages sound like.</summary>
public sealed record AudioSection
{
    /// <summary>The country.</summary>
    [Option("The country whose tones callers hear, by its two letters, such as de, at, ch, uk, us, fr; any for tones that are understood everywhere.",
        Example = "de")]
    public string Country { get; init; } = CountryTones.AnyCountry;

    /// <summary>The loudness of prompts.</summary>
    [Option("The loudness to which prompts and greetings are brought when they are loaded, in LUFS (EBU R 128).", Minimum = "-40", Maximum = "-10")]
    public int PromptLoudness { get; init; } = -23;

    /// <summary>Whether messages are levelled.</summary>
    [Option("Whether messages are brought to messageLoudness, so that soft callers are understood. Without it they stay sample for sample as they came.")]
    public bool LevelMessages { get; init; }

    /// <summary>The loudness of messages.</summary>
    [Option("The loudness of messages with levelMessages, in LUFS (EBU R 128).", Minimum = "-40", Maximum = "-10")]
    public int MessageLoudness { get; init; } = -19;

    /// <summary>The format of messages.</summary>
    [Option("The kind of audio file that a message brings. mp3 and ogg (Opus) need the program ffmpeg; without it messages bring WAV, and the log says so.")]
    public MessageFormat MessageFormat { get; init; } = MessageFormat.Wav;
}

/// <summary>The kinds of audio files that messages bring.</summary>
public enum MessageFormat
{
    /// <summary>WAV.</summary>
    Wav,

    /// <summary>MP3.</summary>
    Mp3,

    /// <summary>Opus in Ogg.</summary>
    Ogg,
}
