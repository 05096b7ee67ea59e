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
    private readonly RecordingDisk _disk;
    private readonly SafeFileHandle _file;
    private readonly int _sampleRate;
    private readonly int _chunkLength;
    private readonly Channel<(byte[] Buffer, int Length)> _chunks;
    private readonly Task _writing;
    private readonly Lock _gate = new();
    private byte[] _chunk;
    private int _filled;
    private bool _ended;
    private long _written = WavHeader.Length;
    private volatile IOException? _failure;

    private RecordingWriter(RecordingDisk disk, string path, SafeFileHandle file, int sampleRate)
    {
        _disk = disk;
        _file = file;
        _sampleRate = sampleRate;
        Path = path;
        _chunkLength = (int)(disk.Options.Chunk.TotalSeconds * sampleRate) * WavHeader.BytesPerSample;
        _chunk = ArrayPool<byte>.Shared.Rent(_chunkLength);
        _chunks = Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(Math.Max(2, (int)(disk.Options.Backlog / disk.Options.Chunk)))
        {
            SingleReader = true,
            SingleWriter = true,
        });
        _writing = WriteChunksAsync();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why the recording takes no more; null while it does.</summary>
    public IOException? Failure => _failure;

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
        lock (_gate)
        {
            while (!samples.IsEmpty)
            {
                if (_ended || _failure is not null)
                    return false;
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
        await _writing;
        if (!_file.IsClosed)
        {
            var most = WavHeader.Length + (long)(Math.Max(0, keep?.TotalSeconds ?? 0) * _sampleRate) * WavHeader.BytesPerSample;
            if (keep is not null && _written > most)
            {
                _written = most;
                RandomAccess.SetLength(_file, _written);
            }
            var header = new byte[WavHeader.Length];
            WavHeader.Write(header, _sampleRate, _written - WavHeader.Length);
            await RandomAccess.WriteAsync(_file, header, 0, CancellationToken.None);
            RandomAccess.FlushToDisk(_file);
            _file.Dispose();
        }
        return TimeSpan.FromSeconds((double)(_written - WavHeader.Length) / WavHeader.BytesPerSample / _sampleRate);
    }

    /// <summary>Closes the file as it is; after <see cref="CompleteAsync"/> it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        EndWriting();
        await _writing;
        _file.Dispose();
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
            _chunks.Writer.Complete();
            ArrayPool<byte>.Shared.Return(_chunk);
        }
    }

    private void PassOn()
    {
        if (_chunks.Writer.TryWrite((_chunk, _filled)))
            _chunk = ArrayPool<byte>.Shared.Rent(_chunkLength);
        else
            _failure ??= new IOException($"{Path}: the disk is too slow, {_disk.Options.Backlog.TotalSeconds:0} s of sound wait for it");
        _filled = 0;
    }

    private async Task WriteChunksAsync()
    {
        var synced = _disk.Time.GetTimestamp();
        var syncing = Task.CompletedTask;
        // After a backlog that overflowed, what waits is still written: it goes before what was dropped.
        var broken = false;
        await foreach (var (buffer, length) in _chunks.Reader.ReadAllAsync())
        {
            if (!broken)
                broken = !await TryAsync(() => RandomAccess.WriteAsync(_file, buffer.AsMemory(0, length), _written).AsTask());
            ArrayPool<byte>.Shared.Return(buffer);
            if (broken)
                continue;
            _written += length;
            // What ends soon is synced when it is completed. A sync may take long on a busy disk, and what is spoken meanwhile is
            // written all the same: the death of the process costs only what is not.
            if (syncing.IsCompleted && _disk.Time.GetElapsedTime(synced) >= _disk.Options.SyncInterval && !_chunks.Reader.Completion.IsCompleted)
            {
                broken = !await TryAsync(() => syncing);
                synced = _disk.Time.GetTimestamp();
                syncing = Task.Run(SyncAsync);
            }
        }
        await TryAsync(() => syncing);
    }

    private async Task<bool> TryAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (IOException fault)
        {
            _failure ??= fault;
            Log.Failed(_disk.Logger, Path, fault);
            return false;
        }
    }

    private async Task SyncAsync()
    {
        await _disk.Syncs.WaitAsync();
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        finally
        {
            _disk.Syncs.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Error, "The recording {Path} can't be written any further; what it holds is kept")]
        public static partial void Failed(ILogger logger, string path, IOException fault);
    }
}
