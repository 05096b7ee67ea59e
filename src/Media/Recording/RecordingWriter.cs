using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Recording;

/// <summary>
/// A recording that grows on disk while it is spoken. Samples are gathered into chunks; a task of its own writes them and syncs the file now
/// and then, so that the path of the packets never waits for the disk.
/// </summary>
public sealed partial class RecordingWriter : IPcmSink, IAsyncDisposable
{
    private readonly RecordingDisk disk;
    private readonly SafeFileHandle file;
    private readonly int sampleRate;
    private readonly int chunkLength;
    private readonly Channel<(byte[] Buffer, int Length)> chunks;
    private readonly Task writing;
    private readonly Lock gate = new();
    private byte[] chunk;
    private int filled;
    private bool ended;
    private long written = WavHeader.Length;
    private volatile IOException? failure;

    private RecordingWriter(RecordingDisk disk, string path, SafeFileHandle file, int sampleRate)
    {
        this.disk = disk;
        this.file = file;
        this.sampleRate = sampleRate;
        Path = path;
        chunkLength = (int)(disk.Options.Chunk.TotalSeconds * sampleRate) * WavHeader.BytesPerSample;
        chunk = ArrayPool<byte>.Shared.Rent(chunkLength);
        chunks = Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(Math.Max(2, (int)(disk.Options.Backlog / disk.Options.Chunk)))
        {
            SingleReader = true,
            SingleWriter = true,
        });
        writing = WriteChunksAsync();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why the recording takes no more; null while it does.</summary>
    public IOException? Failure => failure;

    internal static async Task<RecordingWriter> CreateAsync(RecordingDisk disk, string path, int sampleRate, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, FileOptions.Asynchronous);
        try
        {
            var header = new byte[WavHeader.Length];
            WavHeader.Write(header, sampleRate, 0);
            await RandomAccess.WriteAsync(file, header, 0, CancellationToken.None);
            return new RecordingWriter(disk, path, file, sampleRate);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples)
    {
        lock (gate)
        {
            while (!samples.IsEmpty)
            {
                if (ended || failure is not null)
                    return false;
                var part = samples[..Math.Min(samples.Length, (chunkLength - filled) / WavHeader.BytesPerSample)];
                WavFile.WriteSamples(part, chunk.AsSpan(filled));
                filled += part.Length * WavHeader.BytesPerSample;
                samples = samples[part.Length..];
                if (filled == chunkLength)
                    PassOn();
            }
            return failure is null;
        }
    }

    /// <summary>Writes what is left, completes the header, syncs and closes the file. Doing so again gives the same answer.</summary>
    /// <param name="keep">Cuts the recording to this length; null keeps all of it.</param>
    /// <returns>How long the file plays, which is what reached the disk: less than what was spoken when <see cref="Failure"/> is set.</returns>
    /// <exception cref="IOException">The file could not be completed; <see cref="WavRecovery"/> still repairs it.</exception>
    public async Task<TimeSpan> CompleteAsync(TimeSpan? keep = null)
    {
        EndWriting();
        await writing;
        if (!file.IsClosed)
        {
            var most = WavHeader.Length + (long)(Math.Max(0, keep?.TotalSeconds ?? 0) * sampleRate) * WavHeader.BytesPerSample;
            if (keep is not null && written > most)
            {
                written = most;
                RandomAccess.SetLength(file, written);
            }
            var header = new byte[WavHeader.Length];
            WavHeader.Write(header, sampleRate, written - WavHeader.Length);
            await RandomAccess.WriteAsync(file, header, 0, CancellationToken.None);
            RandomAccess.FlushToDisk(file);
            file.Dispose();
        }
        return TimeSpan.FromSeconds((double)(written - WavHeader.Length) / WavHeader.BytesPerSample / sampleRate);
    }

    /// <summary>Closes the file as it is; after <see cref="CompleteAsync"/> it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        EndWriting();
        await writing;
        file.Dispose();
    }

    private void EndWriting()
    {
        lock (gate)
        {
            if (ended)
                return;
            if (filled > 0)
                PassOn();
            ended = true;
            chunks.Writer.Complete();
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private void PassOn()
    {
        if (chunks.Writer.TryWrite((chunk, filled)))
            chunk = ArrayPool<byte>.Shared.Rent(chunkLength);
        else
            failure ??= new IOException($"{Path}: the disk is too slow, {disk.Options.Backlog.TotalSeconds:0} s of sound wait for it");
        filled = 0;
    }

    private async Task WriteChunksAsync()
    {
        var synced = disk.Time.GetTimestamp();
        // After a backlog that overflowed, what waits is still written: it goes before what was dropped.
        var broken = false;
        await foreach (var (buffer, length) in chunks.Reader.ReadAllAsync())
        {
            try
            {
                if (!broken)
                {
                    await RandomAccess.WriteAsync(file, buffer.AsMemory(0, length), written);
                    written += length;
                    // What ends soon is synced when it is completed.
                    if (disk.Time.GetElapsedTime(synced) >= disk.Options.SyncInterval && !chunks.Reader.Completion.IsCompleted)
                    {
                        await SyncAsync();
                        synced = disk.Time.GetTimestamp();
                    }
                }
            }
            catch (IOException fault)
            {
                broken = true;
                failure ??= fault;
                Log.Failed(disk.Logger, Path, fault);
            }
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SyncAsync()
    {
        await disk.Syncs.WaitAsync();
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        finally
        {
            disk.Syncs.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Error, "The recording {Path} can't be written any further; what it holds is kept")]
        public static partial void Failed(ILogger logger, string path, IOException fault);
    }
}
