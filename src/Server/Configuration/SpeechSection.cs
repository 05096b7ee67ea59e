namespace UnifiedMsg.Server.Configuration;

/// <summary>Transcription of voice mail.</summary>
public sealed record SpeechSection
{
    /// <summary>The engine.</summary>
    [Option("none: no transcript. command: a program that reads a WAV file and prints text. openai: a server with the OpenAI transcription API (needs the network).")]
    public SpeechEngine Engine { get; init; } = SpeechEngine.None;

    /// <summary>The program.</summary>
    [Option("The program of the engine `command`: a path, or a name to be found in PATH.", Example = "whisper-cli")]
    public string Command { get; init; } = "";

    /// <summary>The arguments.</summary>
    [Option("Its arguments, one item each; {input} stands for the WAV file, {output} for the name of a file in which it leaves its text.",
        Example = "[\"-m\", \"/models/ggml-base.bin\", \"-f\", \"{input}\"]")]
    public IReadOnlyList<string> Arguments { get; init; } = ["{input}"];

    /// <summary>The sample rate.</summary>
    [Option("Samples a second of the WAV file that the engine gets.", Minimum = "8000", Maximum = "48000")]
    public int SampleRate { get; init; } = 16_000;

    /// <summary>The endpoint.</summary>
    [Option("Base URL of the engine `openai`.", Example = "http://127.0.0.1:8000/v1")]
    public string Endpoint { get; init; } = "";

    /// <summary>The key file.</summary>
    [Option("File with the API key of the engine `openai`; else the environment variable OPENAI_API_KEY.", IsPath = true)]
    public string KeyFile { get; init; } = "";

    /// <summary>The model.</summary>
    [Option("The model asked for from the engine `openai`.")]
    public string Model { get; init; } = "whisper-1";

    /// <summary>The language.</summary>
    [Option("The language spoken, as a tag such as en or de; empty to let the engine find out.", Example = "en")]
    public string Language { get; init; } = "";

    /// <summary>The wait.</summary>
    [Option("How long a message waits for its transcript at most; then it is delivered without.", Minimum = "1s", Maximum = "1h")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The speech engines of this version.</summary>
public enum SpeechEngine
{
    /// <summary>No transcript.</summary>
    None,

    /// <summary>A program.</summary>
    Command,

    /// <summary>A server with the OpenAI transcription API.</summary>
    Openai,
}
