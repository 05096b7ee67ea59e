using System.Data;
using Microsoft.Data.Sqlite;
using Npgsql;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>
/// The pages of a PostgreSQL database for backups: those of a copy in a SQLite file, which is brought up to a snapshot of PostgreSQL by
/// comparing everything, or, while somebody follows, by what has changed.
/// </summary>
internal sealed class Mirror(
    NpgsqlDataSource source, string folder, IReadOnlyList<MigrationSet> schemas, TimeProvider time) : IPageSource, IAsyncDisposable
{
    /// <summary>Whoever follows and begins anew, because his target failed or its chain is long, needs no comparison if it is soon.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1);
    private readonly RowWatchers _watchers = new();
    private readonly List<MirrorSnapshot> _snapshots = [];
    private MirrorFile? _file;
    private MirrorFeed? _feed;
    private CancellationTokenSource? _lingering;
    private bool _disposed;

    /// <inheritdoc/>
    public int PageSize => SqliteDatabase.PageSize;

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public IDisposable WatchRows(string table, IReadOnlyList<string> columns, Action<IReadOnlyList<object?>> onRow) => _watchers.Add(table, columns, onRow);

    /// <inheritdoc/>
    public async Task<string?> GoOnAsync(string? last, Action<string>? write, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // One that is in use is another backup's, and stays as it is.
            return _file is not null ? MirrorFile.FindId(folder) : await Task.Run(() => MirrorFile.GoOn(folder, last, write), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DatabaseException">PostgreSQL can't be reached, or the mirror can't be written.</exception>
    /// <exception cref="BackupException">Another server follows.</exception>
    public async Task<IPageSnapshot> OpenSnapshotAsync(bool follow, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _lingering?.Cancel();
            try
            {
                return await OpenAsync(follow, cancellationToken);
            }
            catch (SqliteException fault) when (MirrorFile.IsDamage(fault) && _snapshots.Count == 0)
            {
                await CloseAsync();
                MirrorFile.Remove(folder);
                return await OpenAsync(follow, cancellationToken);
            }
        }
        catch (NpgsqlException fault)
        {
            throw new DatabaseException($"The database can't be read: {fault.Message}", fault);
        }
        catch (SqliteException fault)
        {
            throw new DatabaseException($"The copy in {folder}, from which backups are taken, can't be written: {fault.Message}", fault);
        }
        finally
        {
            if (_snapshots.Count == 0 && _file is not null)
                await CloseAsync();
            _one.Release();
        }
    }

    /// <summary>Ends the following.</summary>
    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync();
        try
        {
            _disposed = true;
            foreach (MirrorSnapshot snapshot in _snapshots)
                await snapshot.CloseAsync();
            _snapshots.Clear();
            await CloseAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<IPageSnapshot> OpenAsync(bool follow, CancellationToken cancellationToken)
    {
        _file ??= await MirrorFile.OpenAsync(folder, schemas, time, cancellationToken);
        if (_feed is { IsAlive: false })
            await EndFeedAsync();
        await _file.Turn.WaitAsync(cancellationToken);
        try
        {
            if (_feed is not null)
                await _feed.RoundAsync();
            else if (follow)
                _feed = await MirrorFeed.StartAsync(source, _file, schemas, _watchers, time, cancellationToken);
            else
                await CompareAsync(_file, cancellationToken);
            MirrorFeed? feed = follow ? _feed : null;
            var snapshot = new MirrorSnapshot(
                await _file.Database.OpenSnapshotAsync(follow, cancellationToken), feed is null ? null : () => CatchUpAsync(_file, feed), CloseAsync);
            _snapshots.Add(snapshot);
            feed?.Add(snapshot);
            return snapshot;
        }
        finally
        {
            _file.Turn.Release();
        }
    }

    private async Task CompareAsync(MirrorFile file, CancellationToken cancellationToken)
    {
        DateTimeOffset begun = time.GetUtcNow();
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await TableReader.PrepareAsync(connection, cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await TableReader.RequireKnownAsync(connection, schemas, cancellationToken);
        await TableReader.CompareAsync(connection, file, cancellationToken);
        await file.ApplyAsync([], new MirrorState(begun, await TableReader.ReadNumbersAsync(connection, file.Tables, cancellationToken)));
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task CatchUpAsync(MirrorFile file, MirrorFeed feed)
    {
        await file.Turn.WaitAsync();
        try
        {
            if (feed.IsAlive)
                await feed.RoundAsync();
        }
        catch (ObjectDisposedException)
        {
            // The database is being closed: the next run compares.
        }
        catch (SqliteException fault)
        {
            throw new DatabaseException($"The copy from which backups are taken can't be written: {fault.Message}", fault);
        }
        finally
        {
            file.Turn.Release();
        }
    }

    private async ValueTask CloseAsync(MirrorSnapshot snapshot)
    {
        await _one.WaitAsync();
        try
        {
            if (!_snapshots.Remove(snapshot))
                return;
            _feed?.Remove(snapshot);
            await snapshot.CloseAsync();
            if (_feed is { IsAlive: true } && !_snapshots.Exists(each => each.Follows))
                BeginLinger();
            else if (_snapshots.Count == 0)
                await CloseAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    private void BeginLinger()
    {
        _lingering = new CancellationTokenSource();
        _ = LingerAsync(_lingering.Token);
    }

    private async Task LingerAsync(CancellationToken ended)
    {
        await Task.Delay(Linger, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _one.WaitAsync(CancellationToken.None);
        try
        {
            if (ended.IsCancellationRequested)
                return;
            await EndFeedAsync();
            if (_snapshots.Count == 0)
                await CloseAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task CloseAsync()
    {
        _lingering?.Cancel();
        await EndFeedAsync();
        if (_file is not null)
            await _file.DisposeAsync();
        _file = null;
    }

    private async Task EndFeedAsync()
    {
        if (_feed is not null)
            await _feed.DisposeAsync();
        _feed = null;
    }
}
