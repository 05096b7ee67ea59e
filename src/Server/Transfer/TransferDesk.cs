using System.Collections.Concurrent;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>Runs imports and exports, each as a job that is asked after: one may take hours, longer than an answer may be waited for.</summary>
/// <param name="store">The mailboxes.</param>
/// <param name="database">Where imports note what they brought.</param>
/// <param name="workFolder">Where large messages lie while they are read.</param>
/// <param name="maxMessageSize">Octets of the largest message.</param>
/// <param name="time">The clock.</param>
public sealed class TransferDesk(IStore store, IDatabase database, string workFolder, long maxMessageSize, TimeProvider time) : IAsyncDisposable
{
    // Each has messages in memory, and all share the one writer with the deliveries.
    private const int MaxJobs = 4;

    // How often a person sees the figures move.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, TransferJob> _jobs = [];

    /// <summary>Begins an import; returns the name of the job.</summary>
    /// <exception cref="DirectoryException">It can't be begun.</exception>
    public string Start(Account account, ImportRequest request)
    {
        var settings = new ImportSettings(request.Folder, request.Again, maxMessageSize);
        var source = Checked(() => Open(request));
        return Start(async (onProgress, stop) =>
        {
            await using (source)
                return await new Importer(store, database).RunAsync(account.Id, source, settings, onProgress, stop);
        });
    }

    /// <summary>Begins an export; returns the name of the job.</summary>
    /// <exception cref="DirectoryException">It can't be begun.</exception>
    public string Start(Account account, ExportRequest request)
    {
        var target = Checked(() => FileFormats.OpenTarget(request.Format));
        return Start((onProgress, stop) => new Exporter(store, database).RunAsync(
            account.Id, account.Address, target, request.Target, request.Folder, onProgress, stop));
    }

    /// <summary>How a job stands: at its end, or after a moment. Its end is told once.</summary>
    public async Task<TransferState> WatchAsync(string name, CancellationToken cancellationToken)
    {
        var job = _jobs.GetValueOrDefault(name) ?? throw new DirectoryException($"there is no transfer {name}");
        var state = await job.WatchAsync(Moment, cancellationToken);
        if (job.HasEnded && _jobs.TryRemove(name, out _))
            await job.DisposeAsync();
        return state;
    }

    /// <summary>Ends a job soon; what was transferred stays.</summary>
    public void Cancel(string name) => _jobs.GetValueOrDefault(name)?.Cancel();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var job in _jobs.Values)
            await job.DisposeAsync();
    }

    private string Start(Func<Action<TransferProgress>, CancellationToken, Task<TransferReport>> run)
    {
        if (_jobs.Values.Count(job => !job.HasEnded) >= MaxJobs)
            throw new DirectoryException($"{MaxJobs} transfers are under way; wait for one to end");
        var name = Guid.NewGuid().ToString("N");
        _jobs[name] = new TransferJob(run, time);
        return name;
    }

    private IImportSource Open(ImportRequest request) => request.Format == TransferFormat.Imap || ImapAddress.IsOne(request.Source)
        ? new ImapSource(request, maxMessageSize, time)
        : FileFormats.OpenSource(request.Source, request.Format, maxMessageSize, workFolder);

    private static T Checked<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception refusal) when (refusal is TransferException or IOException or UnauthorizedAccessException)
        {
            throw new DirectoryException(refusal.Message);
        }
    }
}
