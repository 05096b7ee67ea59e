using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// A snapshot of the database and the commits after it, read from the files. An open read transaction (the pin) keeps SQLite from
/// starting the log over. It is let go only by the writer, between two commits, once every frame is in our hands:
/// so no commit is missed, whoever checkpoints.
/// </summary>
/// <remarks>
/// A pin that was taken while the whole log was in the file already does not keep the log from starting over once; but then nothing
/// can be copied into the file before the pin is renewed, so the file itself is the snapshot, and the log starts over
/// right behind what we have. The salts of the log tell this apart.
/// </remarks>
internal sealed class LogTap : IPageSnapshot
{
    /// <summary>Frames taken into memory so that the log may start over; a reader that is further behind holds the log instead.</summary>
    private const int MaxLoaded = 8192;

    private const int LoadedTogether = 256;

    private readonly Lock _lock = new();
    private readonly Connection _pin;
    private readonly SafeFileHandle _file;
    private readonly LogFile _log;
    private readonly TimeProvider _time;
    private readonly Action<LogTap> _closed;
    private readonly Func<Task> _flush;
    private readonly int _pageSize;
    private readonly bool _follow;
    private readonly uint _maxHeld;
    private readonly Dictionary<uint, uint> _frames = []; // Of the snapshot: the last frame of each page.
    private readonly Queue<(uint End, uint PageCount, DateTimeOffset Time)> _commits = [];
    private readonly Queue<PageBatch> _loaded = [];
    private readonly SemaphoreSlim _more = new(0);
    private readonly byte[] _frame;
    private ulong _salt;
    private LogSums _sums; // After the last frame that was seen.
    private ulong _snapshotSalt;
    private uint _seen; // The last frame of the last commit that was noted.
    private uint _read; // The last frame that was handed out or loaded.
    private long _loadedFrames;
    private bool _reading = true;
    private bool _pinned;
    private bool _whole = true;
    private bool _disposed;

    /// <param name="pin">A connection for the pin, now the tap's.</param>
    /// <param name="file">The database file. It stays open for as long as the database: closing any handle of it would take SQLite's locks away.</param>
    /// <param name="log">The log, now the tap's.</param>
    /// <param name="pageSize">Octets of a page.</param>
    /// <param name="follow">Whether commits are kept.</param>
    /// <param name="maxHeld">Frames that the log may have before the tap lets go of it, incomplete.</param>
    /// <param name="time">The clock.</param>
    /// <param name="closed">Told at the end.</param>
    /// <param name="flush">Completes when the writer has told of every commit that is done.</param>
    public LogTap(
        Connection pin, SafeFileHandle file, LogFile log, int pageSize, bool follow, uint maxHeld, TimeProvider time, Action<LogTap> closed,
        Func<Task> flush)
    {
        (_pin, _file, _log, _pageSize, _follow, _maxHeld) = (pin, file, log, pageSize, follow, maxHeld);
        (_time, _closed, _flush, _frame) = (time, closed, flush, new byte[LogFile.FrameHeaderSize + pageSize]);
    }

    public DateTimeOffset Time { get; private set; }

    public uint PageCount { get; private set; }

    public bool IsWhole
    {
        get
        {
            lock (_lock)
                return _whole;
        }
    }

    public int Waiting
    {
        get
        {
            lock (_lock)
                return _commits.Count + _loaded.Count;
        }
    }

    /// <summary>By the writer between two commits: fixes the snapshot.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            Pin();
            Time = _time.GetUtcNow();
            _salt = _snapshotSalt = _log.ReadSalt(out _sums);
            var uncommitted = new List<(uint Page, uint Frame)>();
            Scan((frame, page, pages) =>
            {
                uncommitted.Add((page, frame));
                if (pages == 0)
                    return;
                foreach ((uint each, uint at) in uncommitted)
                    _frames[each] = at;
                uncommitted.Clear();
                PageCount = pages;
            });
            _read = _seen;
            if (PageCount == 0)
                PageCount = (uint)(RandomAccess.GetLength(_file) / _pageSize);
        }
    }

    /// <summary>By the writer after a commit: notes what came.</summary>
    public void AfterCommit() => Guard(() =>
    {
        if (!_follow || !_whole)
            return;
        ulong salt = _log.ReadSalt(out LogSums sums);
        if (salt != _salt && !StartOver(salt, sums))
        {
            Break();
            return;
        }
        int before = _commits.Count;
        Scan((frame, _, pages) =>
        {
            if (pages > 0)
                _commits.Enqueue((frame, pages, _time.GetUtcNow()));
        });
        if (_commits.Count > before)
            _more.Release();
        if (!_reading && _seen > _maxHeld && IsFarBehind)
            Break();
    });

    /// <summary>By the writer between two commits: lets the log go, if all that it has is in our hands, so that it can be copied whole.</summary>
    public bool TryUnpin()
    {
        bool free = true;
        Guard(() =>
        {
            free = !_pinned || !(_reading || IsFarBehind);
            if (!_pinned || !free)
                return;
            if (_whole && _follow)
                Load();
            Unpin();
        });
        return free;
    }

    /// <summary>By the writer, after <see cref="TryUnpin"/>, before the next commit.</summary>
    public void PinAgain() => Guard(() =>
    {
        if (!_pinned && _whole && _follow && !_disposed)
            Pin();
    });

    /// <summary>A commit failed: what the log has of it may look whole.</summary>
    public void CommitFailed()
    {
        lock (_lock)
        {
            if (_follow)
                Break();
        }
    }

    public void Read(uint page, Span<byte> octets)
    {
        lock (_lock)
        {
            if (!_reading)
                throw new InvalidOperationException("The snapshot was released.");
            if (_frames.TryGetValue(page, out uint frame) && TryReadLogged(frame, octets))
                return;
        }
        octets.Clear(); // The page with the lock octets is never written and may lie past the end.
        int read = 0;
        int count;
        while (read < octets.Length && (count = RandomAccess.Read(_file, octets[read..], ((page - 1L) * _pageSize) + read)) > 0)
            read += count;
    }

    public void Release()
    {
        lock (_lock)
        {
            _reading = false;
            _frames.Clear();
            if (!_follow)
                Unpin();
        }
    }

    public PageBatch? Next(int maxPages)
    {
        lock (_lock)
        {
            if (_loaded.TryDequeue(out PageBatch? loaded))
            {
                _loadedFrames -= loaded.Pages.Count;
                return loaded;
            }
            return _whole ? ReadNext(maxPages) : null;
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _more.WaitAsync(cancellationToken);

    public Task CatchUpAsync() => _flush();

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
                return ValueTask.CompletedTask;
            _disposed = true;
            _whole = false;
            Unpin();
            _pin.Dispose();
            _log.Dispose();
        }
        _closed(this);
        return ValueTask.CompletedTask;
    }

    // The writer serves everybody: whatever happens to the tap costs the follower a comparison, and the writer nothing.
    private void Guard(Action action)
    {
        lock (_lock)
        {
            try
            {
                action();
            }
            catch (Exception fault) when (fault is SqliteException or IOException or ObjectDisposedException)
            {
                Break();
            }
        }
    }

    private bool IsFarBehind => _loadedFrames + (_seen - _read) > MaxLoaded;

    // SQLite counts the first salt up by one each time: so it is known that none was missed.
    private bool StartOver(ulong salt, LogSums sums)
    {
        bool next = _salt == 0 || (uint)(salt >> 32) == unchecked((uint)(_salt >> 32) + 1);
        if (!next || _read != _seen)
            return false;
        (_salt, _sums, _seen, _read) = (salt, sums, 0, 0);
        return true;
    }

    /// <summary>Goes over the frames that came, and remembers the last commit among them.</summary>
    private void Scan(Action<uint, uint, uint> onFrame)
    {
        LogSums sums = _sums;
        for (uint frame = _seen + 1; _log.TryRead(frame, _salt, ref sums, _frame); frame++)
        {
            uint pages = LogFile.PagesAfterCommit(_frame);
            onFrame(frame, LogFile.PageOf(_frame), pages);
            if (pages > 0)
                (_seen, _sums) = (frame, sums);
        }
    }

    private bool TryReadLogged(uint frame, Span<byte> octets)
    {
        bool read = _log.TryReadAgain(frame, _snapshotSalt, _frame);
        // The header is written anew before the first frame is: while it is the old one, so is what was read.
        if (!read || _log.ReadSalt(out _) != _snapshotSalt)
            return false;
        _frame.AsSpan(LogFile.FrameHeaderSize).CopyTo(octets);
        return true;
    }

    private void Load()
    {
        while (ReadNext(LoadedTogether) is { } batch)
        {
            _loaded.Enqueue(batch);
            _loadedFrames += batch.Pages.Count;
        }
    }

    private PageBatch? ReadNext(int maxPages)
    {
        if (!_commits.TryPeek(out (uint End, uint PageCount, DateTimeOffset Time) commit))
            return null;
        uint last = (uint)Math.Min(commit.End, (long)_read + maxPages);
        var pages = new List<PageImage>();
        for (uint frame = _read + 1; frame <= last; frame++)
        {
            var whole = new byte[LogFile.FrameHeaderSize + _pageSize];
            if (!_log.TryReadAgain(frame, _salt, whole))
            {
                Break();
                return null;
            }
            pages.Add(new PageImage(LogFile.PageOf(whole), whole.AsMemory(LogFile.FrameHeaderSize)));
        }
        _read = last;
        if (last == commit.End)
            _commits.Dequeue();
        return new PageBatch(commit.Time, pages, last == commit.End ? commit.PageCount : 0);
    }

    private void Break()
    {
        _whole = false;
        _commits.Clear();
        _loaded.Clear();
        _loadedFrames = 0;
        if (!_reading)
            Unpin();
        _more.Release();
    }

    private void Pin()
    {
        _pin.Execute("BEGIN");
        _pin.Execute("SELECT count(*) FROM sqlite_master");
        _pinned = true;
    }

    private void Unpin()
    {
        if (!_pinned)
            return;
        _pinned = false;
        try
        {
            _pin.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // A transaction that SQLite ended itself holds nothing any more.
        }
    }
}
