using Microsoft.Extensions.Logging;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Sharing;
using UnifiedMsg.Store.Threads;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Runs the chores at start, in intervals, and when a folder was removed.</summary>
internal sealed partial class MaintenanceLoop : IAsyncDisposable
{
    /// <summary>Rounds between two of what looks at every file and at every thread.</summary>
    private const int RoundsBetweenFiles = 144;

    private readonly FolderPurger _purger;
    private readonly ReaderPurger _readers;
    private readonly DeletedItems _deleted;
    private readonly ImportPurger _imports;
    private readonly TombstonePruner _pruner;
    private readonly ThreadBackfill _threads;
    private readonly ThreadPruner _threadPruner;
    private readonly ContentCollector _collector;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(1);
    private readonly SemaphoreSlim _one = new(1);
    private readonly ITimer _timer;
    private readonly Task _running;

    public MaintenanceLoop(
        FolderPurger purger, ReaderPurger readers, DeletedItems deleted, ImportPurger imports, TombstonePruner pruner, ThreadBackfill threads,
        ThreadPruner threadPruner, ContentCollector collector, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        _purger = purger;
        _readers = readers;
        _deleted = deleted;
        _imports = imports;
        _pruner = pruner;
        _threads = threads;
        _threadPruner = threadPruner;
        _collector = collector;
        _logger = logger;
        _timer = time.CreateTimer(static state => ((MaintenanceLoop)state!).Wake(), this, interval, interval);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Begins a round soon.</summary>
    public void Wake()
    {
        if (_wanted.CurrentCount == 0)
            _wanted.Release();
    }

    /// <summary>Runs one round of everything now.</summary>
    public async Task RunOnceAsync(bool withFiles, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await _purger.PurgeAsync(cancellationToken);
            await _readers.PurgeAsync(cancellationToken);
            await _deleted.PurgeAsync(cancellationToken);
            await _imports.PurgeAsync(cancellationToken);
            await _pruner.PruneAsync(cancellationToken);
            await _collector.CollectAsync(cancellationToken);
            if (await _threads.RunSomeAsync(cancellationToken))
                Wake();
            if (!withFiles)
                return;
            await _threadPruner.PruneAsync(cancellationToken);
            await _collector.CollectFilesAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Stops after the unit under way. The semaphores stay: a commit may wake the loop after its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _timer.DisposeAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        CancellationToken stop = _stop.Token;
        for (int round = 0; !stop.IsCancellationRequested; round++)
        {
            try
            {
                await _wanted.WaitAsync(stop);
                await RunOnceAsync(withFiles: round % RoundsBetweenFiles == 0, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Nothing is lost by waiting for the next round; the log says what the administrator has to look at.
                Log.RoundFailed(_logger, fault);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Error, "A round of the store's maintenance failed; the next one tries again")]
        public static partial void RoundFailed(ILogger logger, Exception fault);
    }
}
