using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Store.Tests;

/// <summary>A store as an earlier program left it is brought up to date by its next opening.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task A_store_of_the_step_before_gets_its_sums()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        var options = new SqliteOptions { Path = Path.Combine(folder, "unifiedmsg.db") };
        var before = new MigrationSet("store", [.. StoreSchema.Migrations.Steps.Take(1)]);
        await using (SqliteDatabase old = await SqliteDatabase.OpenAsync(options, [before], NullLoggerFactory.Instance, TimeProvider.System))
        {
            await old.WriteAsync(async session =>
            {
                await session.ExecuteAsync("INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(1, 9, 5), (2, 1, 1)");
                foreach (string row in (string[])["1, 1, 'INBOX', 1, 1, 3, 700", "2, 1, 'Old', 0, 1, 2, 300", "3, -1, 'removed/3', 0, 1, 5, 5000"])
                {
                    await session.ExecuteAsync(
                        "INSERT INTO store_folders(id, account_id, path, special_use, subscribed, item_count, size, uid_validity, uid_next, "
                        + $"highest_modseq, tombstone_floor, tombstone_count, unseen_count, deleted_count) VALUES({row}, 5, 9, 9, 0, 0, 0, 0)");
                }
                return 0;
            });
        }
        TestStore test = await TestStore.OpenAsync(folder: folder);
        Quota alice = await test.Store.ReadQuotaAsync(1), bob = await test.Store.ReadQuotaAsync(2);
        await test.AbandonAsync();
        Assert.Equal((1000L, 5L), (alice.Size, alice.Items));
        Assert.Equal((0L, 0L), (bob.Size, bob.Items));
    }

    [Fact]
    public async Task A_store_without_gaps_gets_those_that_its_items_leave()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        var options = new SqliteOptions { Path = Path.Combine(folder, "unifiedmsg.db") };
        var before = new MigrationSet("store", [.. StoreSchema.Migrations.Steps.Take(1)]);
        await using (SqliteDatabase old = await SqliteDatabase.OpenAsync(options, [before], NullLoggerFactory.Instance, TimeProvider.System))
        {
            await old.WriteAsync(async session =>
            {
                await session.ExecuteAsync("INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(1, 9, 5)");
                foreach (string row in (string[])["1, 'INBOX', 9", "2, 'Empty', 1", "3, 'Emptied', 4"])
                {
                    await session.ExecuteAsync(
                        "INSERT INTO store_folders(id, path, uid_next, account_id, special_use, subscribed, item_count, size, uid_validity, "
                        + $"highest_modseq, tombstone_floor, tombstone_count, unseen_count, deleted_count) VALUES({row}, 1, 0, 1, 0, 0, 5, 9, 9, 0, 0, 0)");
                }
                foreach (int uid in (int[])[2, 3, 6])
                {
                    await session.ExecuteAsync(
                        "INSERT INTO store_items(folder_id, uid, id, modseq, kind, flags, internal_date, size, content_id) VALUES(1, @p0, @p0, 1, 0, 0, 0, 1, 1)", uid);
                }
                return 0;
            });
        }
        TestStore test = await TestStore.OpenAsync(folder: folder);
        uint[][] uids = [.. await Task.WhenAll(new long[] { 1, 2, 3 }.Select(async id => (uint[])[.. (await test.Store.OpenFolderAsync(id)).Uids]))];
        await test.AbandonAsync();
        Assert.Equal([2, 3, 6], uids[0]);
        Assert.Empty(uids[1]);
        Assert.Empty(uids[2]);
    }
}
