using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search.Attachments;
using UnifiedMsg.Store.Search.PostgreSql;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>The search index of a running server: opened, kept up from the change feed, and made anew when it is lost.</summary>
public sealed partial class SearchService : IAsyncDisposable
{
    /// <summary>More than this behind is no matter of moments.</summary>
    private const long MuchBehind = 1000;

    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(10);

    /// <summary>While another server writes the index, this one only looks how far it is: not at every change.</summary>
    private static readonly TimeSpan PauseOfReader = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database;
    private readonly ContentReader _contents;
    private readonly ChangeFeed _feed;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(0);
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource _nextRound = NewRound();
    private IDisposable? _subscription;
    private SearchMetrics? _metrics;
    private IAttachmentTexts? _attachments;
    private volatile ISearchIndex? _index;
    private volatile bool _failed;

    // Whether a round came to its end since the index was opened: only then it is known how far it is.
    private volatile bool _followed;

    // What a search met, until the indexer hears of it.
    private volatile MetDamage? _met;
    private volatile bool _tidy;
    private bool _damagedAgain;
    private int _variant;
    private long _behind;
    private long _waitingSince;

    internal SearchService(IDatabase database, ContentReader contents, ChangeFeed feed, ILogger logger, TimeProvider time) =>
        (_database, _contents, _feed, _logger, _time) = (database, contents, feed, logger, time);

    /// <summary>How the index stands.</summary>
    public SearchStatus Status
    {
        get
        {
            long behind = Interlocked.Read(ref _behind);
            SearchState state = _metrics is null ? SearchState.Off
                : _failed ? SearchState.Failed
                : !_followed || behind > MuchBehind ? SearchState.Building : SearchState.Current;
            return new SearchStatus(state, behind, LagSeconds, _index?.Size ?? 0) { IsTidy = _tidy };
        }
    }

    private long LagSeconds => Interlocked.Read(ref _waitingSince) is var since and not 0 ? (long)_time.GetElapsedTime(since).TotalSeconds : 0;

    /// <summary>Opens the index, makes it where there is none, and keeps it up until disposed.</summary>
    public void Start(SearchOptions options)
    {
        _attachments = FindPrograms(options);
        _metrics = new SearchMetrics(() => Status);
        _subscription = _feed.Subscribe(null, _ => Wake());
        Wake();
        IIndexHome home = _database is PostgreSqlDatabase shared
            ? new PostgreSqlHome(shared, _variant, _logger) : new PostingsHome(_database, options.File, _variant, _logger);
        _running = Task.Run(() => RunAsync(options, home));
    }

    /// <summary>Stops after the work under way and closes the index.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription?.Dispose();
        await _stop.CancelAsync();
        await _running;
        _metrics?.Dispose();
    }

    /// <summary>Asks the index; null when there is none to ask.</summary>
    internal async ValueTask<IndexAnswers?> LookUpAsync(IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken)
    {
        if (_index is not { } index)
            return null;
        try
        {
            return await index.LookUpAsync(needles, scopeSize, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            return null; // It is being closed.
        }
        catch (Exception fault) when (fault is DamagedDatabaseException or DbException or InvalidDataException)
        {
            // The messages themselves can be read. The indexer, which may never come to that place, hears of the damage and makes the index anew.
            if (fault is DamagedDatabaseException damage)
                _met = new MetDamage(index, damage);
            _failed = true;
            Wake();
            return null;
        }
    }

    /// <summary>Completes when a round of indexing that began after this call has ended: what was there is indexed, or it failed.</summary>
    public Task CatchUpAsync(CancellationToken cancellationToken)
    {
        Task round = Volatile.Read(ref _nextRound).Task;
        Wake();
        return round.WaitAsync(cancellationToken);
    }

    /// <summary>The texts of the attachments of a content: as they were indexed, or as the programs say now.</summary>
    internal IAttachmentTexts? AttachmentsOf(long contentId, bool indexed) =>
        _attachments is null ? null : indexed && _index is { } index ? new KnownAttachmentTexts(index, contentId, _attachments) : _attachments;

    private AttachmentPrograms? FindPrograms(SearchOptions options)
    {
        AttachmentProgram[] wanted = [.. options.Pdf ? AttachmentProgram.Pdf : [], .. options.Office ? AttachmentProgram.Office : []];
        (List<AttachmentProgram> found, List<string> missing) = AttachmentPrograms.Find(wanted);
        foreach (string package in missing)
            Log.ProgramMissing(_logger, package);
        foreach (AttachmentProgram program in found)
            _variant |= 1 << AttachmentProgram.Pdf.Concat(AttachmentProgram.Office).ToList().IndexOf(program);
        return found.Count == 0 ? null : new AttachmentPrograms(found, options.WorkFolder, options.AttachmentTimeout, _time);
    }

    private void Wake()
    {
        Interlocked.CompareExchange(ref _waitingSince, Math.Max(1, _time.GetTimestamp()), 0);
        if (_wanted.CurrentCount == 0)
            _wanted.Release();
    }

    private async Task RunAsync(SearchOptions options, IIndexHome home)
    {
        await using IIndexHome disposed = home;
        while (!_stop.IsCancellationRequested)
        {
            ISearchIndex? index = null;
            try
            {
                (index, IIndexBacklog backlog) = await home.OpenAsync(_stop.Token);
                _index = index;
                await FollowAsync(home, backlog, new SearchIndexer(backlog, _contents, index, options, _attachments, _time));
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception) when (index is not null && !home.IsThere)
            {
                Log.IndexGone(_logger, home.Name);
                await CloseAsync(index);
                index = null;
                await DiscardAsync(home);
            }
            catch (DamagedDatabaseException fault)
            {
                Log.IndexDamaged(_logger, home.Name, fault);
                await CloseAsync(index);
                index = null;
                await DiscardAsync(home);
            }
            catch (Exception fault)
            {
                await FailAsync(home, fault);
            }
            finally
            {
                await CloseAsync(index);
            }
        }
    }

    private async Task DiscardAsync(IIndexHome home)
    {
        try
        {
            await home.DiscardAsync(_stop.Token);
            _failed = _damagedAgain; // What failed is gone with it.
            if (_damagedAgain)
                await PauseAsync(); // It may be the store that is damaged.
            _damagedAgain = true;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            await FailAsync(home, fault);
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    // Whatever it is, mail is not lost by it: searches read messages until the next try.
    private Task FailAsync(IIndexHome home, Exception fault)
    {
        _failed = true;
        Log.IndexingFailed(_logger, home.Name, fault);
        return PauseAsync();
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(PauseAfterFault, _time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    private async ValueTask CloseAsync(ISearchIndex? index)
    {
        _index = null;
        _followed = false;
        if (index is not null)
            await index.DisposeAsync();
    }

    private async Task FollowAsync(IIndexHome home, IIndexBacklog backlog, SearchIndexer indexer)
    {
        long started = Stopwatch.GetTimestamp();
        Interlocked.Exchange(ref _behind, await backlog.CountAsync(_stop.Token));
        bool building = Interlocked.Read(ref _behind) > MuchBehind;
        while (true)
        {
            TaskCompletionSource round = Interlocked.Exchange(ref _nextRound, NewRound());
            bool writes;
            try
            {
                writes = await RunRoundAsync(home, backlog, indexer);
            }
            finally
            {
                round.SetResult();
            }
            if (building && writes)
                Log.Built(_logger, indexer.Indexed, (long)Stopwatch.GetElapsedTime(started).TotalSeconds);
            building = false;
            _tidy = !writes || await indexer.TidyAsync(() => _wanted.CurrentCount > 0, _stop.Token);
            if (!writes)
                await Task.Delay(PauseOfReader, _stop.Token);
            await _wanted.WaitAsync(home.LongestWait, _stop.Token);
        }
    }

    // Returns whether this server is the one that writes the index.
    private async Task<bool> RunRoundAsync(IIndexHome home, IIndexBacklog backlog, SearchIndexer indexer)
    {
        CancellationToken stop = _stop.Token;
        // Taken before it is looked what there is: a change after that wakes the next round.
        long began = Math.Max(1, _time.GetTimestamp());
        while (_wanted.Wait(0, stop)) { }
        _tidy = false;
        if (!home.IsThere)
            throw new FileNotFoundException("The search index is gone.");
        bool writes = await home.WritesAsync(stop);
        MetDamage? met = _met;
        _met = null;
        if (writes && met is not null && met.Index == _index)
            throw met.Fault;
        if (writes)
        {
            await indexer.CompareIfDueAsync(stop);
            while (await indexer.IndexSomeAsync(stop))
            {
                Interlocked.Exchange(ref _behind, await backlog.CountAsync(stop));
                _failed = !home.IsUsable;
            }
        }
        long behind = await backlog.CountAsync(stop);
        Interlocked.Exchange(ref _behind, behind);
        _failed = !home.IsUsable;
        _followed = true;
        if (_wanted.CurrentCount > 0 && (writes || behind == 0))
            Interlocked.Exchange(ref _waitingSince, began);
        else if (behind == 0)
            Interlocked.Exchange(ref _waitingSince, 0);
        _damagedAgain = false;
        return writes;
    }

    private sealed record MetDamage(ISearchIndex Index, DamagedDatabaseException Fault);

    private static TaskCompletionSource NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(6030, LogLevel.Warning, "The search index {Index} is damaged. It is put aside and made anew; until then searches read the messages")]
        public static partial void IndexDamaged(ILogger logger, string index, Exception fault);

        [LoggerMessage(6035, LogLevel.Warning, "The search index {Index} is gone. It is made anew; until then searches read the messages")]
        public static partial void IndexGone(ILogger logger, string index);

        [LoggerMessage(6031, LogLevel.Error, "The search index {Index} can't be kept up; searches read the messages until it can")]
        public static partial void IndexingFailed(ILogger logger, string index, Exception fault);

        [LoggerMessage(6033, LogLevel.Warning, "Some attachments are not searched: install the Debian package {Package}")]
        public static partial void ProgramMissing(ILogger logger, string package);

        [LoggerMessage(6032, LogLevel.Information, "The search index is up to date: {Contents} messages in {Seconds} s")]
        public static partial void Built(ILogger logger, long contents, long seconds);
    }
}
