using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.PostgreSql.Mirroring;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>Backups of a database that several servers share.</summary>
public sealed class SharedBackupTests : IAsyncLifetime
{
    private const string Triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'unifiedmsg%'";
    private const string Logs = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'unifiedmsg%'";

    private readonly BackupFolder _target = new();
    private PostgreSqlCluster _cluster = null!;
    private DatabaseHome _home = null!;
    private TestStore _first = null!;
    private TestStore _second = null!;
    private Folder _inbox = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        _home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: _cluster);
        _first = await TestStore.OpenAsync(_home, ownsHome: false);
        _home.MirrorFolder = Path.Combine(_home.Folder, "second");
        _second = await _first.OpenAnotherAsync();
        _inbox = await _first.InboxAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _home.DisposeAsync();
        await _cluster.DisposeAsync();
        _target.Dispose();
    }

    [Fact]
    public async Task A_follower_has_what_the_other_server_takes_with_its_large_contents()
    {
        await using var following = await FollowAsync(_first);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
                await (client % 2 == 0 ? _first : _second).AppendAsync(_inbox, TestStore.Message((client * 1000) + i, i % 5 == 0 ? 80_000 : 1500));
        })));
        Item gone = await _second.AppendAsync(_inbox, TestStore.Message(9998));
        await _second.Store.ChangeFlagsAsync(_inbox.Id, [gone.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _second.Store.ExpungeAsync(_inbox.Id, [gone.Uid]);
        await following.UntilThereAsync(_second, _inbox);
        await following.StopAsync();
        await AssertSameAsync();
    }

    [Fact]
    public async Task One_follows_at_a_time_and_another_may_take_a_backup_meanwhile()
    {
        using var other = new BackupFolder();
        await using (var following = await FollowAsync(_first))
        {
            BackupException refusal = await Assert.ThrowsAsync<BackupException>(
                () => _second.Store.Backup!.FollowAsync(other.Path, new BackupOptions(), null, CancellationToken.None));
            Assert.Contains("another server", refusal.Message);
            await _second.AppendAsync(_inbox, TestStore.Message(1, 90_000));
            Assert.Equal(1, (await _second.Store.Backup!.RunAsync(other.Path, new BackupOptions())).Blobs);
            await AssertSameAsync(other.Path);
            // The same server needs no comparison for another target, and may follow to two.
            await _first.Store.Backup!.RunAsync(Path.Combine(other.Path, "..", Path.GetFileName(other.Path) + "-b"), new BackupOptions());
            await AssertSameAsync(other.Path + "-b");
            System.IO.Directory.Delete(other.Path + "-b", recursive: true);
            await following.StopAsync();
        }
        await AssertSameAsync();
    }

    [Fact]
    public async Task A_commit_of_thousands_of_rows_is_in_a_backup_as_a_whole_or_not_at_all()
    {
        const int Count = 3000;
        await _first.AppendManyAsync(_inbox, 3);
        await using var following = await FollowAsync(_first);
        await _second.Database.WriteLargeAsync(async session =>
        {
            for (int i = 0; i < Count; i++)
                await session.PostAsync("INSERT INTO store_tombstones(folder_id, modseq, uid) VALUES(@p0, @p1, @p1)", 4711, i);
            return 0;
        });
        await following.UntilThereAsync(_second, _inbox);
        await _second.Database.WriteLargeAsync(session => session.ExecuteAsync("DELETE FROM store_tombstones WHERE folder_id = 4711"));
        await following.UntilThereAsync(_second, _inbox);
        await following.StopAsync();
        string chain = Assert.Single(System.IO.Directory.GetDirectories(Path.Combine(_target.Path, "chains")));
        var found = new HashSet<long>();
        using var reader = new PageChainReader(chain);
        var times = new HashSet<DateTimeOffset>();
        reader.Read(null, (record, _) => times.Add(record.Time));
        foreach (DateTimeOffset time in times)
            found.Add(await CountRestoredAsync(time, "SELECT count(*) FROM store_tombstones WHERE folder_id = 4711"));
        Assert.Equal([0, Count], found.Order());
    }

    [Fact]
    public async Task A_commit_whose_last_rows_fill_a_piece_is_in_a_backup_without_another_after_it()
    {
        const int Piece = 1000;
        await using var following = await FollowAsync(_first);
        await _second.Database.WriteLargeAsync(async session =>
        {
            for (int i = 0; i < Piece; i++)
                await session.PostAsync("INSERT INTO store_tombstones(folder_id, modseq, uid) VALUES(@p0, @p1, @p1)", 4711, i);
            return 0;
        });
        await following.StopAsync();
        Assert.Equal(Piece, await CountRestoredAsync(DateTimeOffset.UtcNow.AddDays(1), "SELECT count(*) FROM store_tombstones WHERE folder_id = 4711"));
    }

    [Fact]
    public async Task A_follower_goes_on_when_the_database_was_away()
    {
        await using var following = await FollowAsync(_first);
        await _second.AppendAsync(_inbox, TestStore.Message(1));
        await _cluster.KillAsync();
        await following.PassAsync(status => status.Phase == "waiting" && status.Notes![0].Contains("the database failed"));
        await _cluster.RestartAsync();
        await following.PassAsync(status => status.Phase == "following");
        await _second.AppendAsync(_inbox, TestStore.Message(2, 90_000));
        await following.UntilThereAsync(_second, _inbox);
        await following.StopAsync();
        await AssertSameAsync();
    }

    [Fact]
    public async Task Nothing_of_a_follower_stays_in_the_database_and_one_that_was_killed_costs_nothing()
    {
        await using (var following = await FollowAsync(_first))
        {
            await following.StopAsync();
            Assert.True(await AskAsync(Triggers) > 3);
            // Somebody reads the table, so that it can't be cleared up.
            await using var reading = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_home.Connection) { Pooling = false }.ConnectionString);
            await reading.OpenAsync();
            await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE store_items IN ACCESS SHARE MODE", reading);
            await command.ExecuteNonQueryAsync();
            await _first.DisposeAsync();
        }
        Assert.Equal(3, await AskAsync(Triggers));
        await _second.AppendAsync(_inbox, TestStore.Message(5));
        Assert.Equal(0, await AskAsync("SELECT count(*) FROM unifiedmsg_backup_store_items"));
        await _second.RestartAsync();
        Assert.Equal((0, 0), (await AskAsync(Triggers), await AskAsync(Logs)));
        // And one that ends takes its own away.
        await using (var again = await FollowAsync(_second))
            await again.StopAsync();
        await _second.RestartAsync();
        Assert.Equal((0, 0), (await AskAsync(Triggers), await AskAsync(Logs)));
        _first = await _second.OpenAnotherAsync();
    }

    [Fact]
    public async Task Servers_that_take_the_backup_in_turn_add_only_what_is_new()
    {
        await _first.AppendManyAsync(_inbox, 300);
        long all = (await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions())).Pages;
        int number = 1000;
        foreach (TestStore server in (TestStore[])[_second, _first, _second])
        {
            await server.AppendAsync(_inbox, TestStore.Message(number++));
            BackupStatus status = await server.Store.Backup!.RunAsync(_target.Path, new BackupOptions());
            Assert.True(!status.IsBase && status.Pages > 0 && status.Pages < all / 4, $"{all} {status}");
        }
        await AssertSameAsync();
    }

    [Fact]
    public async Task A_restore_that_is_cut_off_leaves_the_database_empty_and_the_next_one_begins_anew()
    {
        await _first.AppendManyAsync(_inbox, 10);
        await _first.AppendAsync(_inbox, TestStore.Message(11, 90_000));
        await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions());
        await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        var restore = new StoreRestore(Path.Combine(home.Folder, "restore"), "unifiedmsg.db", Path.Combine(home.Folder, "blobs"), "search.db");
        var loader = new DatabaseLoader(new PostgreSqlOptions { Connection = home.Connection }, [StoreSchema.Migrations]);
        using var cut = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restore.RunAsync(
            _target.Path, null, OpenSqliteAsync, _first.Time.GetUtcNow(), database => loader.LoadAsync(new CutOff(database, 20, cut), cut.Token)));
        await loader.RequireEmptyAsync();
        RestoreResult result = await restore.RunAsync(_target.Path, null, OpenSqliteAsync, _first.Time.GetUtcNow(), database => loader.LoadAsync(database));
        Assert.Equal((11, 1, 0), (result.Items, result.Blobs, result.Missing.Count));
        Assert.Contains("is not empty", (await Assert.ThrowsAsync<BackupException>(() => loader.RequireEmptyAsync())).Message);
        await using TestStore restored = await TestStore.OpenAsync(home, ownsHome: false);
        Assert.Equal(11, (await restored.Store.ReadFolderAsync(_inbox.Id)).Items.Count);
    }

    [Fact]
    public async Task Numbers_that_were_given_out_do_not_come_again()
    {
        Folder gone = await _first.Store.CreateFolderAsync(1, "Gone");
        await _first.Store.DeleteFolderAsync(1, "Gone");
        await _first.Store.MaintainAsync();
        await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions());
        await using TestStore restored = await RestoreAsync(_target.Path);
        Assert.True((await restored.Store.CreateFolderAsync(1, "New")).Id > gone.Id);
        using var reader = new BackupReader(_target.Path);
        string file = Path.Combine(_home.Folder, "inspected", "unifiedmsg.db");
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        reader.WriteDatabase(file, null);
        await using TestStore inSqlite = await TestStore.OpenAsync(folder: Path.GetDirectoryName(file)!);
        Assert.True((await inSqlite.Store.CreateFolderAsync(1, "New")).Id > gone.Id);
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("foreign")]
    [InlineData("gone")]
    public async Task A_copy_that_can_not_be_used_is_made_anew(string kind)
    {
        await _first.AppendManyAsync(_inbox, 20);
        await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions());
        string file = Path.Combine(_home.Folder, "mirror", "unifiedmsg.db");
        if (kind == "gone")
            File.Delete(file);
        else if (kind == "damaged")
            await File.WriteAllBytesAsync(file, [.. (await File.ReadAllBytesAsync(file))[..5000], .. new byte[60_000]]);
        else
            await File.WriteAllTextAsync(file, "no database");
        await _first.AppendAsync(_inbox, TestStore.Message(77));
        Assert.False((await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions())).IsBase);
        await AssertSameAsync();
    }

    [Fact]
    public async Task Files_that_a_backup_copies_are_not_collected_by_another_server()
    {
        Item large = await _first.AppendAsync(_inbox, TestStore.Message(1, 90_000));
        await _first.Store.Backup!.RunAsync(_target.Path, new BackupOptions());
        await _second.Store.ChangeFlagsAsync(_inbox.Id, [large.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _second.Store.ExpungeAsync(_inbox.Id, [large.Uid]);
        // As if its grace time were over.
        await _second.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET unreferenced_since = 0 WHERE refs = 0"));
        await _second.Store.MaintainAsync();
        Assert.Equal(1, await AskAsync("SELECT count(*) FROM store_contents"));
        _second.Time.Advance(TimeSpan.FromHours(2));
        await _second.Store.MaintainAsync();
        Assert.Equal(0, await AskAsync("SELECT count(*) FROM store_contents"));
        Assert.Empty(_second.Blobs());
    }

    private async Task<Following> FollowAsync(TestStore store)
    {
        var following = new Following(store, _target.Path);
        await following.PassAsync(status => status.Phase == "following");
        return following;
    }

    private async Task AssertSameAsync(string? target = null)
    {
        await using TestStore restored = await RestoreAsync(target ?? _target.Path);
        IReadOnlyList<Item> expected = (await _second.Store.ReadFolderAsync(_inbox.Id)).Items;
        IReadOnlyList<Item> found = (await restored.Store.ReadFolderAsync(_inbox.Id)).Items;
        Assert.Equal(expected.Select(item => (item.Id, item.Uid, item.Flags, item.Size)), found.Select(item => (item.Id, item.Uid, item.Flags, item.Size)));
        foreach (Item item in expected)
            Assert.Equal(await _second.ReadAsync(item.Id), await restored.ReadAsync(item.Id));
    }

    private async Task<TestStore> RestoreAsync(string target)
    {
        DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        RestoreResult result = await new StoreRestore(Path.Combine(home.Folder, "restore"), "unifiedmsg.db", Path.Combine(home.Folder, "blobs"), "search.db").RunAsync(
            target, null, OpenSqliteAsync, _first.Time.GetUtcNow(), database => new DatabaseLoader(new PostgreSqlOptions { Connection = home.Connection }, [StoreSchema.Migrations]).LoadAsync(database));
        Assert.Empty(result.Missing);
        return await TestStore.OpenAsync(home, ownsHome: true);
    }

    private async Task<long> CountRestoredAsync(DateTimeOffset at, string sql)
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        using var reader = new BackupReader(_target.Path);
        reader.WriteDatabase(Path.Combine(folder, "unifiedmsg.db"), at);
        long? count;
        await using (IDatabase database = await OpenSqliteAsync(Path.Combine(folder, "unifiedmsg.db")))
            count = await database.ReadAsync(session => session.QueryLongAsync(sql));
        System.IO.Directory.Delete(folder, recursive: true);
        return count!.Value;
    }

    private async Task<IDatabase> OpenSqliteAsync(string path) =>
        await SqliteDatabase.OpenAsync(new SqliteOptions { Path = path }, [StoreSchema.Migrations], NullLoggerFactory.Instance, _first.Time);

    private async Task<long> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_home.Connection) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A database of which only so much is read.</summary>
    private sealed class CutOff(IDatabase database, int reads, CancellationTokenSource cut) : IDatabase
    {
        private int _left = reads;

        public Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            database.WriteAsync(unit, cancellationToken);

        public Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            database.WriteLargeAsync(unit, cancellationToken);

        public ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default)
        {
            if (_left-- == 0)
                cut.Cancel();
            return database.ReadAsync(query, cancellationToken);
        }

        public IDisposable Listen(string topic, Func<string?, ValueTask> onNotice) => database.Listen(topic, onNotice);

        public ValueTask DisposeAsync() => database.DisposeAsync();
    }

    /// <summary>A backup that follows.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly BackupFollower _hears = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly TestStore _store;
        private readonly Task<BackupStatus> _running;

        public Following(TestStore store, string target)
        {
            _store = store;
            _running = store.Store.Backup!.FollowAsync(target, new BackupOptions(), _hears.Hear, _stop.Token);
        }

        public Task PassAsync(Predicate<BackupStatus> wanted) => _hears.PassAsync(_store.Time, wanted);

        /// <summary>Waits until what is committed now is told to be in the backup.</summary>
        public async Task UntilThereAsync(TestStore other, Folder folder)
        {
            _store.Time.Advance(TimeSpan.FromSeconds(1));
            DateTimeOffset now = _store.Time.GetUtcNow();
            await other.AppendAsync(folder, TestStore.Message(100_000 + Random.Shared.Next(800_000)));
            await PassAsync(status => status is { Phase: "following", LagSeconds: 0 } && status.UpTo >= now);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            Assert.Equal("done", (await _running).Phase);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
