using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Files;

/// <summary>Reads and converts the files of people, whatever kind they are.</summary>
/// <param name="ffmpeg">For what is no WAV; null when it is not installed.</param>
public sealed class AudioFiles(Ffmpeg? ffmpeg)
{
    /// <summary>Whether files of a kind can be read and written.</summary>
    public bool Knows(AudioFileKind kind) => kind == AudioFileKind.Wav || ffmpeg is not null;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is none that we read, damaged, or too long; or ffmpeg is needed and not installed.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public async Task<AudioClip> ReadAsync(string path, CancellationToken cancellationToken)
    {
        switch (await KindAsync(path, cancellationToken))
        {
            case null:
                throw new InvalidDataException($"{path}: neither WAV nor MP3 nor Ogg");
            case AudioFileKind.Wav:
                return await WavFile.ReadAsync(path, cancellationToken);
            case { } kind:
                if (new FileInfo(path).Length > WavFile.MaxLength)
                    throw new InvalidDataException($"{path}: longer than {WavFile.MaxLength} bytes");
                return await Needed(path).DecodeAsync(path, kind, cancellationToken);
        }
    }

    /// <summary>Writes a WAV file of ours as another kind.</summary>
    /// <exception cref="InvalidDataException">ffmpeg is not installed, or failed.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public Task ConvertAsync(string wav, int sampleRate, string target, AudioFileKind kind, CancellationToken cancellationToken) =>
        Needed(target).EncodeAsync(wav, sampleRate, target, kind, cancellationToken);

    private Ffmpeg Needed(string path) => ffmpeg ?? throw new InvalidDataException($"{path}: {Ffmpeg.Missing}");

    private static async Task<AudioFileKind?> KindAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var head = new byte[AudioFileKinds.HeadLength];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        return AudioFileKinds.Of(head.AsSpan(0, length));
    }
}
