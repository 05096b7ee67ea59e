using System.Collections.Concurrent;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.PostgreSql.Mirroring;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Tests.Contents;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class BackupTests(Engine engine) : IAsyncLifetime
{
    private readonly BackupFolder _target = new();
    private TestStore _test = null!;

    public async ValueTask InitializeAsync() => _test = await TestStore.OpenAsync(engine: engine);

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _target.Dispose();
    }

    [Fact]
    public async Task A_backup_gives_back_every_item_with_its_content()
    {
        Folder inbox = await FillAsync(30);
        BackupStatus status = await RunAsync();
        Assert.True(status is { Phase: "done", IsBase: true, Blobs: 4 }, $"{status}");
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task A_backup_is_restored_into_the_other_engine_and_goes_on_there()
    {
        Folder inbox = await FillAsync(30);
        await RunAsync();
        await using TestStore other = await RestoreAsync(into: engine == Engine.Sqlite ? Engine.PostgreSql : Engine.Sqlite);
        await AssertSameAsync(_test, other, inbox);
        await other.AppendAsync(inbox, TestStore.Message(32));
        Assert.False((await other.Store.Backup!.RunAsync(_target.Path, new BackupOptions())).IsBase);
        await using TestStore back = await RestoreAsync();
        await AssertSameAsync(other, back, (await other.Store.FindFolderAsync(inbox.Id))!);
    }

    [Fact]
    public async Task A_second_backup_writes_what_is_new_only_also_after_a_restart()
    {
        Folder inbox = await FillAsync(300);
        BackupStatus first = await RunAsync();
        Assert.Equal((0, 0, false), await RunAsync() is { } none ? (none.Pages, none.Blobs, none.IsBase) : default);
        await _test.AppendAsync(inbox, TestStore.Message(1001));
        await _test.RestartAsync();
        await _test.AppendAsync(inbox, TestStore.Message(1002, 100_000));
        BackupStatus second = await RunAsync();
        Assert.True(second.Pages > 0 && second.Pages < first.Pages / 4 && second.Blobs == 1 && !second.IsBase, $"{first} {second}");
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task A_chain_that_is_damaged_is_noticed_and_a_new_base_begins()
    {
        Folder inbox = await FillAsync(30);
        await RunAsync();
        string chain = Assert.Single(System.IO.Directory.GetDirectories(Path.Combine(_target.Path, "chains")));
        string pages = Path.Combine(chain, "00000001.pages");
        byte[] octets = await File.ReadAllBytesAsync(pages);
        octets[1000] ^= 1;
        await File.WriteAllBytesAsync(pages, octets);
        File.Delete(Path.Combine(chain, "pages.index"));
        BackupStatus status = await RunAsync();
        Assert.True(status.IsBase && status.Notes!.Any(note => note.Contains("damaged")), $"{status}");
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task Whatever_moment_a_backup_is_killed_at_what_was_there_before_counts_and_the_next_goes_on()
    {
        Folder inbox = await FillAsync(60);
        var copies = new ConcurrentBag<string>();
        int most = 6;
        // A copy of the files at a moment is what a kill at that moment leaves.
        void Copy(BackupStatus status)
        {
            if (copies.Count < most)
                copies.Add(_target.Copy());
        }
        await _test.Store.Backup!.RunAsync(_target.Path, new BackupOptions(), Copy);
        int bases = copies.Count;
        most += bases;
        await _test.AppendManyAsync(inbox, 40);
        await _test.AppendAsync(inbox, TestStore.Message(2001, 90_000));
        await _test.Store.Backup!.RunAsync(_target.Path, new BackupOptions(), Copy);
        Assert.True(copies.Count > bases && bases > 1);
        foreach (string copy in copies)
        {
            try
            {
                await using TestStore before = await RestoreAsync(copy);
                Assert.True((await before.Store.ReadFolderAsync(inbox.Id)).Items.Count is 60 or 101);
            }
            catch (BackupException none)
            {
                Assert.Contains("no complete backup", none.Message);
            }
            await _test.Store.Backup!.RunAsync(copy, new BackupOptions());
            await using (TestStore after = await RestoreAsync(copy))
                await AssertSameAsync(_test, after, inbox);
            System.IO.Directory.Delete(copy, recursive: true);
        }
    }

    // That counters and references fit the items is looked at at the end of each store.
    [Fact]
    public async Task A_backup_amid_changes_is_of_one_moment_and_has_all_that_was_acknowledged_before()
    {
        Folder inbox = await FillAsync(30);
        Folder other = await _test.Store.CreateFolderAsync(1, "Other");
        using var stop = new CancellationTokenSource();
        var amid = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task working = Task.WhenAll(Enumerable.Range(1, 3).Select(client => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                Item item = await _test.AppendAsync(inbox, TestStore.Message((client * 100_000) + i, i % 7 == 0 ? 80_000 : 700));
                await _test.Store.ChangeFlagsAsync(inbox.Id, [item.Uid], new FlagChange(FlagMode.Add, ItemFlags.Seen));
                if (i % 2 == 0)
                    await _test.Store.MoveAsync(inbox.Id, [item.Uid], other.Id);
                if (i == 5)
                    amid.TrySetResult();
            }
        })));
        await amid.Task;
        Item[] before = [.. (await _test.Store.ReadFolderAsync(other.Id)).Items];
        await RunAsync();
        await RunAsync();
        await stop.CancelAsync();
        await working;
        await using TestStore restored = await RestoreAsync();
        Dictionary<long, uint> found = (await restored.Store.ReadFolderAsync(other.Id)).Items.ToDictionary(item => item.Id, item => item.Uid);
        Assert.All(before, item => Assert.Equal(item.Uid, found[item.Id]));
        Assert.True((await restored.Store.ReadFolderAsync(inbox.Id)).Items.Count >= 30);
    }

    [Fact]
    public async Task A_follower_has_everything_acknowledged_soon_after_under_load()
    {
        Folder inbox = await FillAsync(20);
        using var stop = new CancellationTokenSource();
        var following = new BackupFollower();
        Task<BackupStatus> running = _test.Store.Backup!.FollowAsync(_target.Path, new BackupOptions(), following.Hear, stop.Token);
        await following.UntilAsync(status => status.Phase == "following");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < 60; i++)
                await _test.AppendAsync(inbox, TestStore.Message((client * 1000) + i + 5000, i % 10 == 0 ? 80_000 : 1500));
        })));
        _test.Time.Advance(TimeSpan.FromSeconds(1));
        DateTimeOffset last = _test.Time.GetUtcNow();
        await _test.AppendAsync(inbox, TestStore.Message(9999));
        await following.PassAsync(_test.Time, status => status is { Phase: "following", LagSeconds: 0 } && status.UpTo >= last);
        await stop.CancelAsync();
        Assert.Equal("done", (await running).Phase);
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task A_follower_survives_a_target_that_fails_and_goes_on_when_it_is_back()
    {
        Folder inbox = await FillAsync(5);
        using var stop = new CancellationTokenSource();
        var following = new BackupFollower();
        Task<BackupStatus> running = _test.Store.Backup!.FollowAsync(_target.Path, new BackupOptions(), following.Hear, stop.Token);
        await following.UntilAsync(status => status.Phase == "following");
        // Nothing can be made below a file.
        string temporary = Path.Combine(_target.Path, "blobs", "tmp");
        System.IO.Directory.Delete(temporary, recursive: true);
        await File.WriteAllTextAsync(temporary, "");
        await _test.AppendAsync(inbox, TestStore.Message(3001, 90_000));
        await following.PassAsync(_test.Time, status => status.Phase == "waiting" && status.Notes is { Count: > 0 });
        await _test.AppendAsync(inbox, TestStore.Message(3002));
        File.Delete(temporary);
        await following.PassAsync(_test.Time, status => status.Phase == "following");
        await _test.AppendAsync(inbox, TestStore.Message(3003));
        await stop.CancelAsync();
        await running;
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task A_point_in_time_is_restored()
    {
        Folder inbox = await FillAsync(3);
        await RunAsync();
        DateTimeOffset then = _test.Time.GetUtcNow();
        _test.Time.Advance(TimeSpan.FromHours(1));
        await _test.AppendAsync(inbox, TestStore.Message(9));
        await RunAsync();
        await using (TestStore before = await RestoreAsync(at: then.AddMinutes(30)))
            Assert.Equal(3, (await before.Store.ReadFolderAsync(inbox.Id)).Items.Count);
        await using (TestStore after = await RestoreAsync(at: then.AddHours(1)))
            Assert.Equal(4, (await after.Store.ReadFolderAsync(inbox.Id)).Items.Count);
        BackupException early = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(at: then.AddHours(-1)));
        Assert.Contains("begins at", early.Message);
    }

    [Fact]
    public async Task What_only_older_states_need_goes_when_a_new_base_begins()
    {
        Folder inbox = await FillAsync(1);
        Item gone = await _test.AppendAsync(inbox, TestStore.Message(70, 90_000));
        await RunAsync();
        await _test.Store.ChangeFlagsAsync(inbox.Id, [gone.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _test.Store.ExpungeAsync(inbox.Id);
        foreach (int days in (int[])[19, 1])
        {
            _test.Time.Advance(TimeSpan.FromDays(days));
            await _test.Store.MaintainAsync();
        }
        Assert.Empty(_test.Blobs());
        await RunAsync();
        Assert.Single(Blobs());
        foreach (int days in (int[])[20, 40])
        {
            _test.Time.Advance(TimeSpan.FromDays(days));
            await _test.Store.Backup!.RunAsync(_target.Path, new BackupOptions { NewBase = true });
        }
        Assert.Empty(Blobs());
        Assert.Equal(2, System.IO.Directory.GetDirectories(Path.Combine(_target.Path, "chains")).Length);
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task Nothing_is_overwritten()
    {
        await FillAsync(1);
        string foreign = Path.Combine(_target.Path, "letters.txt");
        await File.WriteAllTextAsync(foreign, "mine");
        Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupException>(RunAsync)).Message);
        Assert.Equal([foreign], System.IO.Directory.GetFileSystemEntries(_target.Path));
        File.Delete(foreign);
        await RunAsync();
        await using (TestStore other = await TestStore.OpenAsync())
            Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupException>(() => RestoreFilesAsync(_target.Path, other.Folder, null))).Message);
        string manifest = Path.Combine(_target.Path, "unifiedmsg-backup.json");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"format\":1", "\"format\":2"));
        Assert.Contains("newer program", (await Assert.ThrowsAsync<BackupException>(RunAsync)).Message);
        Assert.Contains("newer program", (await Assert.ThrowsAsync<BackupException>(() => RestoreAsync())).Message);
    }

    [Fact]
    public async Task A_content_that_the_backup_lacks_is_named_and_the_rest_is_restored()
    {
        Folder inbox = await FillAsync(12);
        await RunAsync();
        File.Delete(Blobs()[0]);
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        RestoreResult result = await RestoreFilesAsync(_target.Path, folder, null);
        Assert.Equal(12, result.Items);
        Assert.Single(result.Missing);
        TestStore restored = await TestStore.OpenAsync(folder: folder);
        Assert.Single((await restored.Store.CheckAsync()).Problems);
        Assert.Equal(12, (await restored.Store.ReadFolderAsync(inbox.Id)).Items.Count);
        await restored.AbandonAsync();
    }

    [Fact]
    public async Task A_backup_of_an_encrypted_store_needs_no_key_that_the_store_needs_no_more()
    {
        await _test.RestartAsync(TestKeys.Of("k1"));
        Folder inbox = await FillAsync(12);
        Assert.Equal(2, (await RunAsync()).Blobs);
        await _test.RestartAsync(TestKeys.Of("k2", "k1"));
        while (!(await _test.Store.RekeyAsync()).IsFinished)
        {
        }
        await _test.RestartAsync(TestKeys.Of("k2"));
        Assert.Equal(2, (await RunAsync()).Blobs);
        Assert.Equal(0, (await RunAsync()).Blobs);
        await using TestStore restored = await RestoreAsync();
        await AssertSameAsync(_test, restored, inbox);
    }

    [Fact]
    public async Task The_search_index_of_before_goes_and_large_contents_may_be_elsewhere()
    {
        await FillAsync(12);
        await RunAsync();
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "search.db-wal"), "old");
        string elsewhere = Path.Combine(folder, "..", Path.GetFileName(folder) + "-blobs");
        System.IO.Directory.CreateDirectory(elsewhere);
        string foreign = Path.Combine(elsewhere, "mine");
        await File.WriteAllTextAsync(foreign, "mine");
        Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupException>(() => RestoreFilesAsync(_target.Path, folder, null, elsewhere))).Message);
        File.Delete(foreign);
        Assert.Equal(2, (await RestoreFilesAsync(_target.Path, folder, null, elsewhere)).Blobs);
        Assert.Equal(2, System.IO.Directory.GetFiles(elsewhere, "*", SearchOption.AllDirectories).Length);
        Assert.Equal(["unifiedmsg.db"], System.IO.Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Where(name => !name.Contains("lock")));
        System.IO.Directory.Delete(folder, recursive: true);
        System.IO.Directory.Delete(elsewhere, recursive: true);
    }

    private async Task<Folder> FillAsync(int count)
    {
        Folder inbox = await _test.InboxAsync();
        for (int i = 1; i <= count; i++)
            await _test.AppendAsync(inbox, TestStore.Message(i, i % 10 == 1 && count > 3 ? 80_000 : 3000), new NewItem(Flags: (ItemFlags)(i % 4)));
        if (count == 30)
            await _test.AppendAsync(inbox, TestStore.Message(31, 80_000));
        return inbox;
    }

    private Task<BackupStatus> RunAsync() => _test.Store.Backup!.RunAsync(_target.Path, new BackupOptions());

    private string[] Blobs() => [.. System.IO.Directory
        .GetFiles(Path.Combine(_target.Path, "blobs"), "*", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(Path.GetDirectoryName(path))!.Length == 2)];

    private async Task<TestStore> RestoreAsync(string? source = null, DateTimeOffset? at = null, Engine? into = null)
    {
        Engine target = into ?? engine;
        DatabaseHome home = await DatabaseHome.CreateAsync(target);
        try
        {
            Func<IDatabase, Task>? load = target == Engine.Sqlite ? null : database => new DatabaseLoader(new PostgreSqlOptions { Connection = home.Connection }, [StoreSchema.Migrations]).LoadAsync(database);
            string folder = target == Engine.Sqlite ? home.Folder : Path.Combine(home.Folder, "restore");
            RestoreResult result = await RestoreFilesAsync(source ?? _target.Path, folder, at, Path.Combine(home.Folder, "blobs"), load);
            Assert.Empty(result.Missing);
            return await TestStore.OpenAsync(home, ownsHome: true, _test.Options);
        }
        catch (BackupException)
        {
            await home.DisposeAsync();
            throw;
        }
    }

    private async Task<RestoreResult> RestoreFilesAsync(string source, string folder, DateTimeOffset? at, string? blobs = null, Func<IDatabase, Task>? load = null) =>
        await new StoreRestore(folder, "unifiedmsg.db", blobs ?? Path.Combine(folder, "blobs"), "search.db").RunAsync(
            source, at,
            async path => await SqliteDatabase.OpenAsync(
                new SqliteOptions { Path = path }, [StoreSchema.Migrations], Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, _test.Time),
            _test.Time.GetUtcNow(), load);

    private static async Task AssertSameAsync(TestStore expected, TestStore found, Folder folder)
    {
        IReadOnlyList<Item> left = (await expected.Store.ReadFolderAsync(folder.Id)).Items;
        (Folder after, IReadOnlyList<Item> right) = await found.Store.ReadFolderAsync(folder.Id);
        Assert.True(after.UidValidity > folder.UidValidity);
        Assert.Equal(left.Select(Line), right.Select(Line));
        for (int i = 0; i < left.Count; i++)
            Assert.Equal(await expected.ReadAsync(left[i].Id), await found.ReadAsync(right[i].Id));
    }

    private static string Line(Item item) => $"{item.Id} {item.Uid} {item.Flags} {item.Kind} {item.InternalDate:O} {item.Size}";
}

public sealed class SqliteBackupTests() : BackupTests(Engine.Sqlite);

public sealed class PostgreSqlBackupTests() : BackupTests(Engine.PostgreSql);
