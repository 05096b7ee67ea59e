using System.Collections.Concurrent;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Prompts;

/// <summary>Greetings of the installation, named by the dial plan. Each is kept once it was read, and read anew when its file has changed.</summary>
internal sealed class GreetingFiles
{
    private readonly ConcurrentDictionary<string, (DateTime Written, AudioClip Clip)> _kept = new(StringComparer.Ordinal);

    /// <summary>The greeting in a file, or null when it can't be read.</summary>
    public async Task<AudioClip?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (_kept.TryGetValue(path, out var kept) && kept.Written == written) return kept.Clip;
            var clip = await WavFile.ReadAsync(path, cancellationToken);
            _kept[path] = (written, clip);
            return clip;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }
}
