namespace UnifiedMsg.Speech;

/// <summary>Finds a recogniser on this machine.</summary>
public static class InstalledEngines
{
    // Debian's pocketsphinx-en-us.
    private const string PocketSphinxModel = "/usr/share/pocketsphinx/model/en-us/en-us";

    /// <summary>
    /// The options of the best engine found, or null: <c>whisper-cli</c> with a model (the variable WHISPER_MODEL, or a
    /// <c>ggml-*.bin</c> in one of the usual folders), else PocketSphinx with its English model.
    /// </summary>
    public static SpeechOptions? Detect()
    {
        if (Find("whisper-cli") is { } whisper && WhisperModel() is { } model)
        {
            return new SpeechOptions
            {
                Engine = SpeechEngineKind.Command,
                Command = whisper,
                Arguments = ["-m", model, "-l", "{language}", "-oj", "-of", "{output}", "-np", "-f", "{input}"],
            };
        }
        if (Find("pocketsphinx_continuous") is { } sphinx && Directory.Exists(PocketSphinxModel))
        {
            return new SpeechOptions
            {
                Engine = SpeechEngineKind.Command,
                Command = sphinx,
                Arguments = ["-infile", "{input}", "-time", "yes", "-logfn", "/dev/null"],
                Language = "en",
            };
        }
        return null;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string? WhisperModel()
    {
        if (Environment.GetEnvironmentVariable("WHISPER_MODEL") is { Length: > 0 } named && File.Exists(named))
            return named;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders =
        [
            "/usr/share/whisper.cpp/models", "/usr/local/share/whisper.cpp/models", "/usr/share/whisper", "/opt/whisper.cpp/models",
            Path.Combine(home, ".cache/whisper.cpp"), Path.Combine(home, "whisper.cpp/models"),
        ];
        return folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "ggml-*.bin").Order(StringComparer.Ordinal))
            .FirstOrDefault();
    }
}
