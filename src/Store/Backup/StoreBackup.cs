using System.Collections.Concurrent;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Backup;

/// <summary>Copies the store to a folder beside everything else that goes on: once, or following every commit.</summary>
public sealed class StoreBackup
{
    /// <summary>Commits that come within it are made durable in the backup together.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    /// <summary>A target that takes longer than this is worth telling.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>How long a target with a fault is left alone.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Each takes a database that was away for the better part of an hour.</summary>
    private const int MaxTries = 3;

    private readonly IDatabase _database;
    private readonly IPageSource _pages;
    private readonly BlobArea _blobs;
    private readonly TimeProvider _time;

    internal StoreBackup(IDatabase database, IPageSource pages, BlobArea blobs, TimeProvider time) =>
        (_database, _pages, _blobs, _time) = (database, pages, blobs, time);

    /// <summary>Brings the backup up to now.</summary>
    /// <exception cref="BackupException">The target can't be used, or contents may have been removed before they were copied. Nothing was overwritten.</exception>
    /// <exception cref="IOException">The target failed. What it had before still counts.</exception>
    public async Task<BackupStatus> RunAsync(
        string target, BackupOptions options, Action<BackupStatus>? onStatus = null, CancellationToken cancellationToken = default)
    {
        var report = new Report(target, onStatus);
        using Session session = await CatchUpAsync(target, options, follow: false, report, cancellationToken);
        return report.Change(status => status with { Phase = "done" });
    }

    /// <summary>Brings the backup up to now, and then after each commit, until cancelled. A target that fails is tried again for ever; one that can't be used at
    /// all at the beginning is refused.</summary>
    /// <exception cref="BackupException">The target can't be used. Nothing was overwritten.</exception>
    public async Task<BackupStatus> FollowAsync(
        string target, BackupOptions options, Action<BackupStatus>? onStatus, CancellationToken cancellationToken)
    {
        var report = new Report(target, onStatus);
        for (bool first = true; ; first = false)
        {
            try
            {
                using Session session = await CatchUpAsync(target, options, follow: true, report, cancellationToken);
                await session.FollowAsync(cancellationToken);
                options = options with { NewBase = session.NeedsNewBase };
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return report.Change(status => status with { Phase = "done" });
            }
            catch (Exception fault) when (!first && fault is IOException or UnauthorizedAccessException or BackupException or DatabaseException)
            {
                await WaitAsync(report, fault, cancellationToken);
            }
            catch (Exception fault) when (report.Status.UpTo is not null && fault is IOException or UnauthorizedAccessException or DatabaseException)
            {
                await WaitAsync(report, fault, cancellationToken);
            }
            if (cancellationToken.IsCancellationRequested)
                return report.Change(status => status with { Phase = "done" });
        }
    }

    private async Task WaitAsync(Report report, Exception fault, CancellationToken cancellationToken)
    {
        report.Change(status => status with
        {
            Phase = "waiting",
            LagSeconds = status.UpTo is { } upTo ? Math.Max(0, (_time.GetUtcNow() - upTo).TotalSeconds) : 0,
            Notes = [$"the {(fault is DatabaseException ? "database" : "target")} failed and is tried again every {Pause.TotalSeconds:0} s: {fault.Message}"],
        });
        await Task.Delay(Pause, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<Session> CatchUpAsync(
        string target, BackupOptions options, bool follow, Report report, CancellationToken cancellationToken)
    {
        for (int tries = 1; tries <= MaxTries; tries++)
        {
            Session session = await BeginAsync(target, options, follow, report, cancellationToken);
            try
            {
                string? note = tries == 1 ? null : "contents are copied again, of a later state: the database was away for too long to keep all files while they were copied";
                if (await Task.Run(() => session.CatchUp(note, cancellationToken), cancellationToken))
                    return session;
            }
            catch
            {
                session.Dispose();
                throw;
            }
            session.Dispose();
        }
        throw new BackupException(
            "the database was away for too long, again and again, to keep other servers from removing files while they were copied; what is in the backup still counts. Run it again");
    }

    private async Task<Session> BeginAsync(
        string target, BackupOptions options, bool follow, Report report, CancellationToken cancellationToken)
    {
        long? made = await _database.ReadAsync(
            session => session.QueryLongAsync("SELECT min(applied) FROM schema_migrations"), cancellationToken);
        BackupTarget opened = await Task.Run(() => BackupTarget.OpenForWriting(target, $"{made:x}"), cancellationToken);
        var session = new Session(opened, _blobs, _pages.PageSize, options, report, _time);
        try
        {
            bool goesOn = opened.Chains.Count > 0 && !options.NewBase;
            opened.Copy = await _pages.GoOnAsync(opened.Copy, goesOn ? opened.TryWriteDatabase : null, cancellationToken);
            await session.BeginAsync(_database, _pages, follow, cancellationToken);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The last status, and whoever wants to hear of it.</summary>
    private sealed class Report(string target, Action<BackupStatus>? onStatus)
    {
        private readonly Lock _lock = new();

        public BackupStatus Status { get; private set; } = new("starting", target);

        public BackupStatus Change(Func<BackupStatus, BackupStatus> change)
        {
            lock (_lock)
            {
                Status = change(Status);
                onStatus?.Invoke(Status);
                return Status;
            }
        }
    }

    /// <summary>One opened target, from a snapshot on.</summary>
    private sealed class Session(
        BackupTarget target, BlobArea blobs, int pageSize, BackupOptions options, Report report, TimeProvider time) : IDisposable
    {
        private readonly BlobCopier _copier = new(blobs, target.BlobFolder);
        private readonly ConcurrentQueue<byte[]> _published = new();
        private IDisposable? _kept;
        private FilesKept? _keptByOthers;
        private IDisposable? _watch;
        private IPageSnapshot _snapshot = null!;
        private PageChain? _chain;
        private long _baseSize;
        private long _sizeBefore; // What the chain had when it was opened.
        private long _pages;
        private bool _lacksFiles; // Of states after the snapshot.

        public bool NeedsNewBase { get; private set; }

        // What is published from here on is told; what was published before is listed; nothing is collected meanwhile.
        public async Task BeginAsync(IDatabase database, IPageSource source, bool follow, CancellationToken cancellationToken)
        {
            _kept = blobs.KeepAll();
            if (source.IsShared)
                _keptByOthers = await FilesKept.BeginAsync(database, time, cancellationToken);
            if (follow)
                _watch = source.IsShared ? source.WatchRows("store_contents", ["place", "hash"], TellOfContent) : blobs.Watch(_published.Enqueue);
            _snapshot = await source.OpenSnapshotAsync(follow, cancellationToken);
        }

        /// <summary>False when files that the snapshot refers to may have been removed before they were copied: then none of it is written.</summary>
        public bool CatchUp(string? note, CancellationToken cancellationToken)
        {
            report.Change(status => status with { Phase = "blobs", PagesTotal = _snapshot.PageCount, PagesRead = 0, Notes = note is null ? null : [note] });
            _copier.CopyAll(time.GetUtcNow(), cancellationToken);
            if (_keptByOthers is { IsUnbroken: false })
                return false;
            report.Change(status => status with { Phase = "database", Blobs = _copier.Count, Size = _copier.Size });
            string? chain = target.Chains.LastOrDefault();
            if (chain is null || options.NewBase || !TryGoOn(chain, cancellationToken))
                Begin(cancellationToken);
            _snapshot.Release();
            // What came meanwhile may be gone again soon.
            CopyPublished();
            _lacksFiles = _keptByOthers is { IsUnbroken: false };
            _kept?.Dispose();
            _keptByOthers?.Dispose();
            Shipped(_snapshot.Time);
            return true;
        }

        public async Task FollowAsync(CancellationToken cancellationToken)
        {
            report.Change(status => status with { Phase = "following" });
            while (_snapshot.IsWhole && !_lacksFiles && !NeedsNewBase)
            {
                try
                {
                    await _snapshot.WaitAsync(cancellationToken);
                    await Task.Delay(Gather, time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    // What was committed before the end was asked for still goes.
                    await _snapshot.CatchUpAsync();
                    await ShipAsync();
                    _chain!.WriteIndex();
                    return;
                }
                await ShipAsync();
                NeedsNewBase = IsTooLong;
            }
            _chain!.WriteIndex();
        }

        public void Dispose()
        {
            _watch?.Dispose();
            _kept?.Dispose();
            _keptByOthers?.Dispose();
            _chain?.Dispose();
            if (_snapshot is not null)
                _ = _snapshot.DisposeAsync().AsTask();
            target.Dispose();
        }

        // Other servers publish too, and what they publish is known by its row.
        private void TellOfContent(IReadOnlyList<object?> row)
        {
            if (row is [(long)ContentPlace.Blob, byte[] hash])
                _published.Enqueue(hash);
        }

        private bool IsTooLong => _chain!.Size > Math.Max(options.MinChainSize, _baseSize * options.MaxChainGrowth);

        // A target may hang for minutes without a fault: then the lag is told all the same.
        private async Task ShipAsync()
        {
            bool shipping = true;
            await using ITimer late = time.CreateTimer(
                _ => report.Change(status => shipping ? status with { LagSeconds = BehindSince(status.UpTo) } : status), null, Late, Late);
            await Task.Run(Ship, CancellationToken.None);
            // The last word on the lag, whenever the timer came.
            report.Change(status =>
            {
                shipping = false;
                return status with { LagSeconds = _snapshot.Waiting == 0 ? 0 : BehindSince(status.UpTo) };
            });
        }

        private double BehindSince(DateTimeOffset? upTo) => upTo is { } then ? Math.Max(0, (time.GetUtcNow() - then).TotalSeconds) : 0;

        // The contents of a commit are published before it, so they are copied between its arrival and its writing.
        private void Ship()
        {
            using IDisposable kept = blobs.KeepAll();
            DateTimeOffset? upTo = null;
            while (_snapshot.Next(PageRecord.MaxPages) is { } batch)
            {
                CopyPublished();
                _chain!.Add(batch);
                _pages += batch.Pages.Count;
                if (batch.PageCount > 0)
                    upTo = batch.Time;
            }
            if (upTo is null)
                return;
            _chain!.Sync();
            Shipped(upTo.Value);
        }

        private void CopyPublished()
        {
            var published = new List<byte[]>();
            while (_published.TryDequeue(out byte[]? hash))
                published.Add(hash);
            _copier.Copy(published);
        }

        private void Shipped(DateTimeOffset upTo) => report.Change(status => status with
        {
            UpTo = upTo,
            LagSeconds = _snapshot.Waiting == 0 ? 0 : BehindSince(upTo),
            Pages = _pages,
            Blobs = _copier.Count,
            Size = _copier.Size + (_chain!.Size - _sizeBefore),
        });

        private bool TryGoOn(string path, CancellationToken cancellationToken)
        {
            try
            {
                _chain = PageChain.Open(path, pageSize, cancellationToken);
                if (_chain.PageCount == 0)
                    throw new BackupException($"the beginning of {path} is damaged");
                _baseSize = new FileInfo(PageChainReader.PathOf(path, 1)).Length;
            }
            catch (BackupException damaged)
            {
                _chain?.Dispose();
                _chain = null;
                report.Change(status => status with { Notes = [$"the whole database is copied again, since the chain can't go on: {damaged.Message}"] });
                return false;
            }
            if (IsTooLong)
            {
                _chain.Dispose();
                _chain = null;
                return false;
            }
            _sizeBefore = _chain.Size;
            _pages = _chain.AddDifference(_snapshot, OnRead, cancellationToken);
            _chain.WriteIndex();
            return true;
        }

        private void Begin(CancellationToken cancellationToken)
        {
            report.Change(status => status with { IsBase = true });
            string path = target.CreateChain(_snapshot.Time, (folder, name) =>
            {
                using PageChain begun = PageChain.Create(folder, pageSize, name);
                _pages = begun.AddDifference(_snapshot, OnRead, cancellationToken);
                begun.WriteIndex();
            });
            _chain = PageChain.Open(path, pageSize, cancellationToken);
            _baseSize = _chain.Size;
            if (target.Prune(_snapshot.Time - options.Keep) is { } oldest)
                _copier.Prune(oldest);
        }

        private void OnRead(long pages) => report.Change(status => status with { PagesRead = pages });
    }
}
