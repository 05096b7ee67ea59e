using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.Tests;

public sealed class BackupTests
{
    private const string ChainName = "chain";

    [Fact]
    public async Task A_snapshot_stays_as_it_was_whatever_is_written_and_copied_meanwhile()
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder);
        await InsertManyAsync(database, 0, 300);
        await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: false);
        // Many times the distance of checkpoints: without the pin, the log would have started over again and again.
        await InsertManyAsync(database, 300, 1500);
        using (PageChain chain = CreateChain(folder))
            chain.AddDifference(snapshot, null, default);
        snapshot.Release();
        await InsertManyAsync(database, 1500, 1600);
        Assert.Equal(300, await CountRestoredAsync(folder));
    }

    [Fact]
    public async Task A_follower_gets_every_commit_over_many_starts_of_the_log()
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder);
        await InsertManyAsync(database, 0, 100);
        await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: true);
        using PageChain chain = CreateChain(folder);
        Task writing = Task.WhenAll(
            Task.Run(() => InsertManyAsync(database, 1000, 3000)),
            Task.Run(() => InsertManyAsync(database, 3000, 5000)),
            Task.Run(() => ReadOnAsync(database, 200)));
        chain.AddDifference(snapshot, null, default);
        snapshot.Release();
        long largestLog = 0;
        while (!writing.IsCompleted)
        {
            Take(snapshot, chain);
            largestLog = Math.Max(largestLog, new FileInfo(folder.File("unifiedmsg.db-wal")).Length);
            await Task.Yield();
        }
        await writing;
        await InsertManyAsync(database, 5000, 5001);
        Take(snapshot, chain);
        Assert.True(snapshot.IsWhole);
        Assert.Equal(4101, await CountRestoredAsync(folder));
        // Some 4000 commits of several pages each: far more than the log ever had.
        Assert.True(chain.Size > 0 && largestLog < 40_000_000, $"{largestLog}");
    }

    [Fact]
    public async Task A_follower_gets_nothing_of_units_that_were_undone()
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder);
        await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: true);
        using PageChain chain = CreateChain(folder);
        chain.AddDifference(snapshot, null, default);
        snapshot.Release();
        // More rows than the writer keeps pages of: some of them reach the log before they are undone.
        Func<IWriteSession, ValueTask<int>> undone = async session =>
        {
            await session.ExecuteAsync(
                "WITH RECURSIVE n(i) AS (SELECT 1000000 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) INSERT INTO numbers(value) SELECT i FROM n");
            throw new InvalidDataException();
        };
        for (int round = 0; round < 3; round++)
        {
            Task failing = Task.WhenAll(
                Assert.ThrowsAsync<InvalidDataException>(() => database.WriteAsync(undone)),
                Assert.ThrowsAsync<InvalidDataException>(() => database.WriteLargeAsync(undone)));
            await InsertManyAsync(database, round * 200, (round + 1) * 200);
            await failing;
            Take(snapshot, chain);
        }
        await InsertManyAsync(database, 600, 601);
        await database.WriteAsync(_ => ValueTask.FromResult(0));
        Take(snapshot, chain);
        Assert.True(snapshot.IsWhole);
        Assert.Equal(601, await CountRestoredAsync(folder));
    }

    [Fact]
    public async Task What_a_slow_follower_has_not_read_is_kept_up_to_a_limit_and_then_a_new_snapshot_is_needed()
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder, maxHeld: 64 << 20);
        using PageChain chain = CreateChain(folder);
        await using (IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: true))
        {
            chain.AddDifference(snapshot, null, default);
            snapshot.Release();
            for (int i = 0; snapshot.IsWhole; i++)
                await InsertManyAsync(database, i * 500, (i + 1) * 500);
            Assert.Null(snapshot.Next(1));
            await snapshot.WaitAsync(CancellationToken.None);
        }
        await using (IPageSnapshot again = await database.OpenSnapshotAsync(follow: false))
            chain.AddDifference(again, null, default);
        chain.Sync();
        Assert.Equal(await database.CountAsync(), await CountRestoredAsync(folder));
    }

    [Fact]
    public async Task A_chain_goes_on_by_what_differs_after_the_database_was_closed()
    {
        using var folder = new TemporaryFolder();
        long first;
        await using (SqliteDatabase database = await OpenAsync(folder))
        {
            await InsertManyAsync(database, 0, 20_000, together: true);
            using PageChain chain = CreateChain(folder);
            await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: false);
            first = chain.AddDifference(snapshot, null, default);
            chain.WriteIndex();
        }
        await using (SqliteDatabase database = await OpenAsync(folder))
        {
            await database.InsertAsync(1_000_000);
            foreach (bool indexed in (bool[])[true, false])
            {
                if (!indexed)
                    File.Delete(folder.File(ChainName + "/pages.index"));
                using PageChain chain = PageChain.Open(folder.File(ChainName), 4096);
                await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: false);
                long pages = chain.AddDifference(snapshot, null, default);
                chain.Sync();
                Assert.Equal(indexed, pages > 0);
                Assert.True(pages < first / 10, $"{pages} of {first}");
            }
        }
        Assert.Equal(20_001, await CountRestoredAsync(folder));
    }

    [Fact]
    public async Task Every_point_in_time_is_the_last_commit_not_later()
    {
        using var folder = new TemporaryFolder();
        var time = new Clock();
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = folder.File("unifiedmsg.db") }, [TestDatabase.Numbers], NullLoggerFactory.Instance, time);
        DateTimeOffset begin = time.GetUtcNow();
        await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: true);
        using PageChain chain = CreateChain(folder);
        chain.AddDifference(snapshot, null, default);
        snapshot.Release();
        for (int i = 1; i <= 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await database.InsertAsync(i);
            // A commit is noted behind its acknowledgement, by the writer's thread, before the next one.
            await database.ReadAsync(session => session.QueryLongAsync("SELECT 1"));
            await database.WriteAsync(_ => ValueTask.FromResult(0));
        }
        await database.WriteAsync(_ => ValueTask.FromResult(0));
        // The readers' turn comes late: the times are those of the commits all the same.
        time.Advance(TimeSpan.FromHours(1));
        Take(snapshot, chain);
        for (int i = 0; i <= 5; i++)
        {
            Assert.Equal(i, await CountRestoredAsync(folder, begin.AddSeconds((i * 10) + 9)));
            if (i > 0)
                Assert.Equal(i, await CountRestoredAsync(folder, begin.AddSeconds(i * 10)));
        }
    }

    [Fact]
    public async Task A_chain_that_was_cut_off_anywhere_counts_up_to_its_last_whole_commit_and_goes_on_there()
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder);
        await database.InsertAsync(1);
        using (PageChain chain = CreateChain(folder))
        {
            await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: false);
            chain.AddDifference(snapshot, null, default);
            chain.Sync();
        }
        string file = PageChainReader.PathOf(folder.File(ChainName), 1);
        byte[] first = await File.ReadAllBytesAsync(file);
        await database.InsertAsync(2);
        await AddAsync(database, folder);
        byte[] both = await File.ReadAllBytesAsync(file);
        for (int length = first.Length; length <= both.Length; length += Math.Min(37, Math.Max(1, both.Length - length)))
        {
            await File.WriteAllBytesAsync(file, both[..length]);
            Assert.Equal(length == both.Length ? 2 : 1, await CountRestoredAsync(folder));
        }
        await File.WriteAllBytesAsync(file, both[..^1]);
        await AddAsync(database, folder);
        Assert.Equal(2, await CountRestoredAsync(folder));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(-1)]
    public async Task Damage_before_the_end_is_said_and_nothing_behind_it_is_taken_silently(int place)
    {
        using var folder = new TemporaryFolder();
        await using SqliteDatabase database = await OpenAsync(folder);
        using (CreateChain(folder))
            _ = 0;
        await database.InsertAsync(1);
        await AddAsync(database, folder);
        string file = PageChainReader.PathOf(folder.File(ChainName), 1);
        long end = new FileInfo(file).Length;
        await database.InsertAsync(2);
        await AddAsync(database, folder);
        byte[] octets = await File.ReadAllBytesAsync(file);
        octets[place < 0 ? end + place : place] ^= 1;
        await File.WriteAllBytesAsync(file, octets);
        BackupException fault = await Assert.ThrowsAsync<BackupException>(() => CountRestoredAsync(folder));
        Assert.Contains("damaged", fault.Message);
        Assert.Throws<BackupException>(() => PageChain.Open(folder.File(ChainName), 4096));
    }

    private static Task<SqliteDatabase> OpenAsync(TemporaryFolder folder, long maxHeld = 1L << 30) => TestDatabase.OpenAsync(
        new SqliteOptions { Path = folder.File("unifiedmsg.db"), CheckpointBytes = 64 << 10, MaxHeldLogBytes = maxHeld });

    private static PageChain CreateChain(TemporaryFolder folder)
    {
        System.IO.Directory.CreateDirectory(folder.File(ChainName));
        return PageChain.Create(folder.File(ChainName), 4096, ChainName);
    }

    private static async Task AddAsync(SqliteDatabase database, TemporaryFolder folder)
    {
        using PageChain chain = PageChain.Open(folder.File(ChainName), 4096);
        await using IPageSnapshot snapshot = await database.OpenSnapshotAsync(follow: false);
        chain.AddDifference(snapshot, null, default);
        chain.Sync();
    }

    private static void Take(IPageSnapshot snapshot, PageChain chain)
    {
        while (snapshot.Next(7) is { } batch)
            chain.Add(batch);
        chain.Sync();
    }

    private static async Task InsertManyAsync(SqliteDatabase database, int from, int to, bool together = false)
    {
        for (int i = from; i < to && !together; i++)
            await database.InsertAsync(i);
        if (together)
        {
            await database.WriteAsync(session => session.ExecuteAsync(
                "WITH RECURSIVE n(i) AS (SELECT @p0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @p1) INSERT INTO numbers(value) SELECT i FROM n",
                from, to));
        }
    }

    private static async Task ReadOnAsync(SqliteDatabase database, int times)
    {
        for (int i = 0; i < times; i++)
            await database.CountAsync();
    }

    private sealed class Clock : TimeProvider
    {
        private long _seconds = 1_700_000_000;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Interlocked.Read(ref _seconds));

        public void Advance(TimeSpan time) => Interlocked.Add(ref _seconds, (long)time.TotalSeconds);
    }

    /// <summary>Writes the database out of the chain, opens it, checks it whole, and counts.</summary>
    private static async Task<long> CountRestoredAsync(TemporaryFolder folder, DateTimeOffset? until = null)
    {
        using var place = new TemporaryFolder();
        using (var reader = new PageChainReader(folder.File(ChainName)))
        {
            using FileStream file = File.Create(place.File("unifiedmsg.db"));
            reader.Read(until, (_, pages) =>
            {
                foreach (PageImage page in pages)
                    RandomAccess.Write(file.SafeFileHandle, page.Octets.Span, (page.Number - 1L) * 4096);
            });
            file.SetLength(reader.PageCount * 4096L);
        }
        await using SqliteDatabase restored = await TestDatabase.OpenAsync(place);
        Assert.Equal("ok", await restored.ReadAsync(
            session => session.QueryFirstAsync("PRAGMA integrity_check", row => row.GetString(0))));
        return await restored.CountAsync();
    }
}
