using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// Copies the pages of the write-ahead log into the database file, beside the writer. Under steady load it never reaches the end
/// of a log that grows meanwhile, so the writer copies the few pages that are left between two commits; the log then
/// starts over instead of growing without bound.
/// </summary>
internal sealed partial class Checkpointer : IAsyncDisposable
{
    /// <summary>The log may grow to this many times the distance of checkpoints before the writer stops to copy all of it itself.</summary>
    private const int MaxDistances = 4;

    private readonly Connection _connection;
    private readonly ILogger _logger;
    private readonly long _pagesBetween;

    // At first there may be the log of a server that was killed. The next start has to read all of it, and if no server lived long enough to
    // write the distance of checkpoints it would grow from one to the next.
    private readonly AutoResetEvent _wanted = new(true);

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pagesAtLast;
    private long _pagesAtEmptyLog;
    private readonly List<LogTap> _taps = []; // Touched by the writer only, which is also who begins them.
    private readonly ConcurrentQueue<(LogTap Tap, TaskCompletionSource Begun)> _beginning = new();
    private readonly ConcurrentQueue<LogTap> _ending = new();
    private volatile bool _restOpen;
    private volatile bool _stopping;

    public Checkpointer(Connection connection, long bytesBetween, int pageSize, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _pagesBetween = Math.Max(1, bytesBetween / pageSize);
        new Thread(Run) { Name = "database checkpoints", IsBackground = true }.Start();
    }

    /// <summary>Has the tap begin between the next two commits; the caller sees to it that there is one.</summary>
    public Task BeginAsync(LogTap tap)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _beginning.Enqueue((tap, begun));
        return begun.Task;
    }

    /// <summary>Forgets the tap after the next commit.</summary>
    public void End(LogTap tap) => _ending.Enqueue(tap);

    /// <summary>Called by the writer when a commit failed.</summary>
    public void CommitFailed()
    {
        foreach (LogTap tap in _taps)
            tap.CommitFailed();
    }

    /// <summary>Called by the writer between two commits.</summary>
    public void AfterCommit(Connection writer)
    {
        TellTaps();
        long pages = writer.PagesWritten;
        if ((_restOpen || pages - _pagesAtEmptyLog > MaxDistances * _pagesBetween) && _taps.TrueForAll(tap => tap.TryUnpin()))
        {
            _restOpen = false;
            if (Copy(writer))
                _pagesAtEmptyLog = pages;
        }
        if (pages - _pagesAtLast >= _pagesBetween)
        {
            _pagesAtLast = pages;
            // A pin that moves up lets nearly all of the log be copied beside the writer.
            foreach (LogTap tap in _taps)
                tap.TryUnpin();
            _wanted.Set();
        }
        foreach (LogTap tap in _taps)
            tap.PinAgain();
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _wanted.Set();
        await _stopped.Task;
        _wanted.Dispose();
        _connection.Dispose();
    }

    private void TellTaps()
    {
        while (_ending.TryDequeue(out LogTap? ended))
            _taps.Remove(ended);
        foreach (LogTap tap in _taps)
            tap.AfterCommit();
        while (_beginning.TryDequeue(out (LogTap Tap, TaskCompletionSource Begun) next))
        {
            try
            {
                next.Tap.Begin();
                _taps.Add(next.Tap);
                next.Begun.SetResult();
            }
            catch (Exception fault) when (fault is SqliteException or IOException)
            {
                next.Begun.SetException(fault);
            }
        }
    }

    private void Run()
    {
        while (_wanted.WaitOne() && !_stopping)
            _restOpen = !Copy(_connection);
        _stopped.SetResult();
    }

    private bool Copy(Connection connection)
    {
        try
        {
            return connection.Checkpoint();
        }
        catch (SqliteException fault)
        {
            // The log keeps everything; the next checkpoint tries again.
            Log.CheckpointFailed(_logger, fault);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Error, "A checkpoint failed; the log keeps growing until one succeeds")]
        public static partial void CheckpointFailed(ILogger logger, Exception fault);
    }
}
