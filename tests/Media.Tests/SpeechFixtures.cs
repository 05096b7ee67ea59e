using System.Runtime.CompilerServices;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests;

/// <summary>The spoken files of the repository.</summary>
internal static class SpeechFixtures
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["message-rms.wav", "message-short.wav", "greeting-rms.wav"];

    /// <summary>One of them, 8 kHz.</summary>
    public static Task<AudioClip> ReadAsync(string name) => WavFile.ReadAsync(Path.Combine(Folder(), name), CancellationToken.None);

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "audio-fixtures");
}
