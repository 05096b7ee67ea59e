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
}
