using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>The file that a message brings.</summary>
/// <param name="recording">The recording as it is, which stays.</param>
internal sealed class MessageFile(Recording recording) : IDisposable
{
    private readonly List<string> _made = [];

    /// <summary>Where it lies.</summary>
    public string Path => _made.Count > 0 ? _made[^1] : recording.Path;

    /// <summary>What it is.</summary>
    public AudioFileKind Kind { get; private set; } = AudioFileKind.Wav;

    /// <summary>Takes another file in its place, which goes with it.</summary>
    public void Replace(string path, AudioFileKind kind)
    {
        _made.Add(path);
        Kind = kind;
    }

    /// <inheritdoc/>
    public void Dispose() => _made.ForEach(File.Delete);
}

/// <summary>Makes of a recording the file that its message brings: as it is, levelled, or as MP3 or Ogg. A conversion that fails costs the
/// message its wish, never the message.</summary>
internal sealed partial class MessageAudio(AudioOptions options, AudioFiles files, string workFolder, ILogger<MessageAudio> logger)
{
    /// <summary>The file that a recording becomes.</summary>
    /// <param name="call">Names the files that are made.</param>
    /// <param name="recording">The recording.</param>
    /// <param name="cancellationToken">Ends the conversion.</param>
    public async Task<MessageFile> PrepareAsync(string call, Recording recording, CancellationToken cancellationToken)
    {
        var file = new MessageFile(recording);
        if (options.Messages is { } loudness)
        {
            await TryAsync(call, file, AudioFileKind.Wav, async target =>
            {
                var clip = await WavFile.ReadAsync(recording.Path, cancellationToken);
                await WavFile.WriteAsync(target, clip.Level(loudness), cancellationToken);
            });
        }

        if (options.Format != AudioFileKind.Wav && files.Knows(options.Format))
        {
            var source = file.Path;
            await TryAsync(
                call, file, options.Format, target => files.ConvertAsync(source, recording.SampleRate, target, options.Format, cancellationToken));
        }

        return file;
    }

    private async Task TryAsync(string call, MessageFile file, AudioFileKind kind, Func<string, Task> write)
    {
        var target = Path.Combine(workFolder, $"{call}.{kind.Extension()}");
        try
        {
            await write(target);
            file.Replace(target, kind);
        }
        catch (Exception error)
        {
            File.Delete(target);
            if (error is OperationCanceledException) file.Dispose();
            if (error is not (IOException or UnauthorizedAccessException or InvalidDataException)) throw;
            Log.NotConverted(logger, call, kind, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9070, LogLevel.Error, "Call {Call}: its recording could not be levelled or made {Kind}; it is delivered without")]
        public static partial void NotConverted(ILogger logger, string call, AudioFileKind kind, Exception error);
    }
}
