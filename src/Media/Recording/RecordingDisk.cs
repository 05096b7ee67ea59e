using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace UnifiedMsg.Media.Recording;

/// <summary>Makes the files of recordings, and limits what they do to the disk at once. One a process.</summary>
public sealed class RecordingDisk(RecordingDiskOptions options, TimeProvider time, ILogger? logger = null) : IDisposable
{
    internal RecordingDiskOptions Options => options;
    internal TimeProvider Time => time;
    internal ILogger Logger { get; } = logger ?? NullLogger.Instance;

    // Many recordings become due for a sync in the same second; more than a few at once only wait for each other in the kernel.
    internal SemaphoreSlim Syncs { get; } = new(options.SyncsAtOnce, options.SyncsAtOnce);

    /// <summary>Makes the file of a recording, with a header that <see cref="Wav.WavRecovery"/> completes if we do not.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="cancellationToken">Stops before the file is made.</param>
    /// <exception cref="IOException">It can't be made.</exception>
    public Task<RecordingWriter> CreateAsync(string path, int sampleRate, CancellationToken cancellationToken) =>
        RecordingWriter.CreateAsync(this, path, sampleRate, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => Syncs.Dispose();
}

/// <summary>How recordings reach the disk.</summary>
public sealed record RecordingDiskOptions
{
    /// <summary>How much sound is gathered before it is written: what the death of the process costs at most.</summary>
    public TimeSpan Chunk { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a growing file is synced: what a power cut costs at most, and the chunk.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much sound may wait for a slow disk in memory; when it is full the recording ends with what there is.</summary>
    public TimeSpan Backlog { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many files are synced at once.</summary>
    public int SyncsAtOnce { get; init; } = 4;
}
