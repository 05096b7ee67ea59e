using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Media.Recording;

/// <summary>
/// Makes the files of recordings and writes all of them: one thread writes, one timer syncs, and the buffers are used again. One a process.
/// </summary>
public sealed class RecordingDisk : IDisposable
{
    private readonly RecordingSync _sync;

    /// <summary>Starts the thread.</summary>
    /// <param name="options">How often, how much.</param>
    /// <param name="time">The clock of the syncs.</param>
    /// <param name="logger">Where faults of the disk are told; null for nowhere.</param>
    public RecordingDisk(RecordingDiskOptions options, TimeProvider time, ILogger? logger = null)
        : this(options, time, logger, RandomAccess.Write)
    {
    }

    internal RecordingDisk(RecordingDiskOptions options, TimeProvider time, ILogger? logger, WriteAt write)
    {
        Options = options;
        Logger = logger ?? NullLogger.Instance;
        Chunks = new ChunkPool(options.ChunkLength);
        _sync = new RecordingSync(options.SyncInterval, time);
        Writer = new ChunkWriter(options.MaxWaiting, Chunks, _sync, write, Logger);
    }

    /// <summary>Writes bytes to a place of a file.</summary>
    internal delegate void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long position);

    internal RecordingDiskOptions Options { get; }
    internal ILogger Logger { get; }
    internal ChunkPool Chunks { get; }
    internal ChunkWriter Writer { get; }

    /// <summary>Makes the file of a recording, with a header that <see cref="Wav.WavRecovery"/> completes if we do not.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="cancellationToken">Stops before the file is made.</param>
    /// <exception cref="IOException">It can't be made.</exception>
    public Task<RecordingWriter> CreateAsync(string path, int sampleRate, CancellationToken cancellationToken) =>
        RecordingWriter.CreateAsync(this, path, sampleRate, cancellationToken);

    /// <summary>Writes what waits and stops. Recordings still open take no more.</summary>
    public void Dispose()
    {
        Writer.Dispose();
        _sync.Dispose();
    }
}

/// <summary>How recordings reach the disk.</summary>
public sealed record RecordingDiskOptions
{
    /// <summary>How much is gathered before it is written, in bytes: what the death of the process costs at most, a quarter of a second at
    /// 8 kHz.</summary>
    public int ChunkLength { get; init; } = 4096;

    /// <summary>How often growing files are synced: what a power cut costs at most, and the chunk.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much sound of one recording may wait for a slow disk in memory; when it is full the recording ends with what there is.
    /// The pause of a phone that sends nothing in silence comes all at once, when it speaks again.</summary>
    public TimeSpan Backlog { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of all recordings may wait, in bytes: the memory that a disk which stands still costs. The recording that comes
    /// to a full queue ends with what there is.</summary>
    public long MaxWaiting { get; init; } = 256 * 1024 * 1024;
}
