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
    private readonly AutoResetEvent _wanted = new(false);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pagesAtLast;
    private long _pagesAtEmptyLog;
    private volatile bool _restOpen;
    private volatile bool _stopping;

    public Checkpointer(Connection connection, long bytesBetween, int pageSize, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _pagesBetween = Math.Max(1, bytesBetween / pageSize);
        new Thread(Run) { Name = "database checkpoints", IsBackground = true }.Start();
    }

    /// <summary>Called by the writer between two commits.</summary>
    public void AfterCommit(Connection writer)
    {
        long pages = writer.PagesWritten;
        if (_restOpen || pages - _pagesAtEmptyLog > MaxDistances * _pagesBetween)
        {
            _restOpen = false;
            if (Copy(writer))
                _pagesAtEmptyLog = pages;
        }
        if (pages - _pagesAtLast < _pagesBetween)
            return;
        _pagesAtLast = pages;
        _wanted.Set();
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _wanted.Set();
        await _stopped.Task;
        _wanted.Dispose();
        _connection.Dispose();
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
