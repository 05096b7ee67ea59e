using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Recording;

/// <summary>
/// The thread that writes the chunks of all recordings, in the order in which they became full. Who records never waits for it: the queue
/// has an end, and a chunk that finds no room is refused.
/// </summary>
internal sealed class ChunkWriter : IDisposable
{
    // Chunks are gathered for so long, so that the thread wakes twenty times a second and not for each of thousands. It is part of what the
    // death of the process costs.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly long _mostWaiting;
    private readonly ChunkPool _chunks;
    private readonly RecordingSync _sync;
    private readonly RecordingDisk.WriteAt _write;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private long _waiting;
    private bool _idle = true;
    private bool _urgent;
    private bool _stopped;

    public ChunkWriter(long mostWaiting, ChunkPool chunks, RecordingSync sync, RecordingDisk.WriteAt write, ILogger logger)
    {
        (_mostWaiting, _chunks, _sync, _write, _logger) = (mostWaiting, chunks, sync, write, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "recording writer" };
        _thread.Start();
    }

    /// <summary>How many bytes wait.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
                return _waiting;
        }
    }

    /// <summary>Takes a chunk of a recording, to be written behind those before it.</summary>
    /// <returns>False when no more may wait; the chunk stays the caller's.</returns>
    public bool TryAdd(RecordingWriter recording, byte[] chunk, int length)
    {
        lock (_gate)
        {
            if (_stopped || _waiting + length > _mostWaiting)
                return false;
            _waiting += length;
            Add(new Entry(recording, chunk, length), urgent: false);
            return true;
        }
    }

    /// <summary>The recording has ended: it is told when everything of it is written, soon.</summary>
    public void End(RecordingWriter recording)
    {
        lock (_gate)
        {
            if (!_stopped)
            {
                Add(new Entry(recording, null, 0), urgent: true);
                return;
            }
        }
        _thread.Join();
        recording.AllWritten();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            _stopped = true;
        }
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Add(Entry entry, bool urgent)
    {
        _queue.Enqueue(entry);
        if (!_idle && (!urgent || _urgent))
            return;
        _idle = false;
        _urgent |= urgent;
        _wake.Set();
    }

    private void Run()
    {
        // Who receives waits for this thread where it holds the queue.
        RealTime.Ask(_logger);
        while (Next() is { } entry)
        {
            if (entry.Chunk is null)
            {
                entry.Recording.AllWritten();
                continue;
            }
            if (entry.Recording.WriteChunk(entry.Chunk.AsSpan(0, entry.Length), _write))
                _sync.Changed(entry.Recording);
            _chunks.Return(entry.Chunk);
            lock (_gate)
                _waiting -= entry.Length;
        }
    }

    // The next entry; null when nothing is left after the end.
    private Entry? Next()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_queue.TryDequeue(out var entry))
                    return entry;
                if (_stopped)
                    return null;
                (_idle, _urgent) = (true, false);
            }
            _wake.WaitOne();
            bool hurry;
            lock (_gate)
                hurry = _urgent || _stopped;
            if (!hurry)
                _wake.WaitOne(Gathering);
        }
    }

    private readonly record struct Entry(RecordingWriter Recording, byte[]? Chunk, int Length);
}
