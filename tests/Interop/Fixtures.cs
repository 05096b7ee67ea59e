using System.Runtime.CompilerServices;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Interop;

/// <summary>What callers say.</summary>
internal static class Fixtures
{
    /// <summary>A spoken fixture of the repository.</summary>
    public static Task<AudioClip> ReadAsync(string name) => WavFile.ReadAsync(Path.Combine(Folder(), name), CancellationToken.None);

    /// <summary>The clip with silence around it, for a program that speaks from the answer on and hangs up at the end of its file.</summary>
    public static AudioClip Between(TimeSpan before, AudioClip clip, TimeSpan after) =>
        AudioClip.Join(AudioClip.Silence(before, clip.SampleRate), clip, AudioClip.Silence(after, clip.SampleRate));

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "audio-fixtures");
}
