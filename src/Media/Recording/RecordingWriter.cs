using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Recording;

/// <summary>
/// A recording that grows on disk while it is spoken. Samples are gathered into chunks, which the disk's thread writes, so that the path of
/// the packets never waits for the disk.
/// </summary>
public sealed partial class RecordingWriter : IPcmSink, IAsyncDisposable
{
    private readonly RecordingDisk _disk;
    private readonly int _sampleRate;
    private readonly int _chunkLength;
    private readonly int _mostWaiting;
    private readonly TaskCompletionSource _allWritten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private byte[]? _chunk;
    private int _filled;
    private int _waiting;
    private bool _ended;
    private bool _isBroken;
    private long _written = WavHeader.Length;
    private volatile bool _isToBeSynced;
    private volatile IOException? _failure;

    private RecordingWriter(RecordingDisk disk, string path, SafeFileHandle file, int sampleRate)
    {
        _disk = disk;
        File = file;
        _sampleRate = sampleRate;
        Path = path;
        _chunkLength = disk.Chunks.Length / WavHeader.BytesPerSample * WavHeader.BytesPerSample;
        _mostWaiting = Math.Max(2, (int)(disk.Options.Backlog.TotalSeconds * sampleRate * WavHeader.BytesPerSample / _chunkLength));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why the recording takes no more; null while it does.</summary>
    public IOException? Failure => _failure;

    internal SafeFileHandle File { get; }

    internal static async Task<RecordingWriter> CreateAsync(RecordingDisk disk, string path, int sampleRate, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
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
        lock (_gate)
        {
            while (!samples.IsEmpty)
            {
                if (_ended || _failure is not null)
                    return false;
                _chunk ??= _disk.Chunks.Take();
                var part = samples[..Math.Min(samples.Length, (_chunkLength - _filled) / WavHeader.BytesPerSample)];
                WavFile.WriteSamples(part, _chunk.AsSpan(_filled));
                _filled += part.Length * WavHeader.BytesPerSample;
                samples = samples[part.Length..];
                if (_filled == _chunkLength)
                    PassOn();
            }
            return _failure is null;
        }
    }

    /// <summary>Writes what is left, completes the header, syncs and closes the file. Doing so again gives the same answer.</summary>
    /// <param name="keep">Cuts the recording to this length; null keeps all of it.</param>
    /// <returns>How long the file plays, which is what reached the disk: less than what was spoken when <see cref="Failure"/> is set.</returns>
    /// <exception cref="IOException">The file could not be completed; <see cref="WavRecovery"/> still repairs it.</exception>
    public async Task<TimeSpan> CompleteAsync(TimeSpan? keep = null)
    {
        EndWriting();
        await _allWritten.Task;
        if (!File.IsClosed)
        {
            var most = WavHeader.Length + (long)(Math.Max(0, keep?.TotalSeconds ?? 0) * _sampleRate) * WavHeader.BytesPerSample;
            if (keep is not null && _written > most)
            {
                _written = most;
                RandomAccess.SetLength(File, _written);
            }
            var header = new byte[WavHeader.Length];
            WavHeader.Write(header, _sampleRate, _written - WavHeader.Length);
            RandomAccess.Write(File, header, 0);
            RandomAccess.FlushToDisk(File);
            File.Dispose();
        }
        return TimeSpan.FromSeconds((double)(_written - WavHeader.Length) / WavHeader.BytesPerSample / _sampleRate);
    }

    /// <summary>Closes the file as it is; after <see cref="CompleteAsync"/> it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        EndWriting();
        await _allWritten.Task;
        File.Dispose();
    }

    /// <summary>Writes a chunk; on the disk's thread only. After one that failed, what follows is dropped: it would stand at a wrong place.</summary>
    /// <returns>True when the file has grown and is not yet among those to be synced.</returns>
    internal bool WriteChunk(ReadOnlySpan<byte> chunk, RecordingDisk.WriteAt write)
    {
        if (_isBroken)
            return false;
        try
        {
            write(File, chunk, _written);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            Fail(fault as IOException ?? new IOException(fault.Message, fault));
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        _written += chunk.Length;
        if (_isToBeSynced)
            return false;
        return _isToBeSynced = true;
    }

    internal void AllWritten() => _allWritten.TrySetResult();

    /// <summary>What is written from now on is for the next sync.</summary>
    internal void SyncBegins() => _isToBeSynced = false;

    internal void Sync()
    {
        // What has ended is synced when it is completed, which waits for no one.
        if (_allWritten.Task.IsCompleted)
            return;
        try
        {
            RandomAccess.FlushToDisk(File);
        }
        catch (ObjectDisposedException)
        {
            // Completed in this moment.
        }
        catch (IOException fault)
        {
            Fail(fault);
        }
    }

    private void EndWriting()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            if (_filled > 0)
                PassOn();
            _ended = true;
            if (_chunk is not null)
                _disk.Chunks.Return(_chunk);
            _chunk = null;
        }
        _disk.Writer.End(this);
    }

    private void PassOn()
    {
        if (Interlocked.Increment(ref _waiting) <= _mostWaiting && _disk.Writer.TryAdd(this, _chunk!, _filled))
            _chunk = null;
        else
            _failure ??= new IOException($"{Path}: the disk is too slow, too much sound waits for it");
        _filled = 0;
    }

    private void Fail(IOException fault)
    {
        _failure ??= fault;
        Log.Failed(_disk.Logger, Path, fault);
    }

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Error, "The recording {Path} can't be written any further; what it holds is kept")]
        public static partial void Failed(ILogger logger, string path, IOException fault);
    }
}
