using System.Collections.Concurrent;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;

namespace UnifiedMsg.Voicemail.Prompts;

/// <summary>Greetings of the installation, named by the dial plan. Each is kept once it was read, and read anew when its file has changed.</summary>
/// <param name="files">Reads them.</param>
/// <param name="loudness">To what they are brought; null leaves them as they are.</param>
internal sealed class GreetingFiles(AudioFiles files, LevellingTarget? loudness)
{
    private readonly ConcurrentDictionary<string, (DateTime Written, AudioClip Clip)> _kept = new(StringComparer.Ordinal);

    /// <summary>The greeting in a file.</summary>
    /// <exception cref="InvalidDataException">It is no sound that we read, or a program is missing that it needs.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public async Task<AudioClip> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var written = File.GetLastWriteTimeUtc(path);
        if (_kept.TryGetValue(path, out var kept) && kept.Written == written) return kept.Clip;
        var clip = await files.ReadAsync(path, cancellationToken);
        if (loudness is not null) clip = clip.Level(loudness);
        _kept[path] = (written, clip);
        return clip;
    }
}
