namespace UnifiedMsg.Speech;

/// <summary>Which engine turns speech into text, and how it is reached.</summary>
public sealed record SpeechOptions
{
    /// <summary>The engine.</summary>
    public SpeechEngineKind Engine { get; init; }

    /// <summary><see cref="SpeechEngineKind.Command"/>: the program, a path or a name to be found in PATH.</summary>
    public string Command { get; init; } = "";

    /// <summary>
    /// Its arguments, passed on as they are, without a shell. <c>{input}</c> stands for the path of the WAV file, <c>{output}</c> for the path
    /// of a file in which the program leaves its text (with or without an ending such as .json), <c>{language}</c> for the language.
    /// </summary>
    public IReadOnlyList<string> Arguments { get; init; } = ["{input}"];

    /// <summary>The rate of the WAV file that the program gets, in Hz.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>Where the files for the program are made; each is deleted when the program has ended.</summary>
    public string WorkFolder { get; init; } = Path.GetTempPath();

    /// <summary>The most that a program may say, in bytes: an hour of speech has some 60 KB.</summary>
    public int MaxOutput { get; init; } = 1024 * 1024;

    /// <summary><see cref="SpeechEngineKind.OpenAi"/>: the base URL, such as <c>http://127.0.0.1:8000/v1</c>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>A file that holds the API key; read at each start, never logged.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The environment variable that holds the API key when there is no file. Servers of one's own often want none.</summary>
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>The model that is asked for.</summary>
    public string Model { get; init; } = "whisper-1";

    /// <summary>The language spoken, as a tag such as <c>en</c>; empty lets the engine find out.</summary>
    public string Language { get; init; } = "";

    /// <summary>How long a transcription may take in all.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The kinds of engine.</summary>
public enum SpeechEngineKind
{
    /// <summary>No transcription.</summary>
    None,

    /// <summary>A program that reads a WAV file and prints text.</summary>
    Command,

    /// <summary>A server with the OpenAI transcription API.</summary>
    OpenAi,
}
