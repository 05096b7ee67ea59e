using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>Contents that are found beside a database that does not know them are not removed.</summary>
public abstract class BlobOwnerTests(Engine engine)
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Another_database_does_not_take_the_files_for_abandoned(bool fromBeforeItWasNoted)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        byte[] message = TestStore.Message(1, 200_000);
        Item item = await test.AppendAsync(await test.InboxAsync(), message);
        if (fromBeforeItWasNoted)
            File.Delete(Path.Combine(test.Options.BlobFolder, "store-id"));
        await using DatabaseHome other = await DatabaseHome.CreateAsync(engine);
        await using IDatabase database = await other.OpenAsync([StoreSchema.Migrations]);
        DatabaseException refusal = await Assert.ThrowsAsync<DatabaseException>(
            () => ItemStore.OpenAsync(database, test.Options, NullLoggerFactory.Instance, test.Time));
        Assert.Contains("belong to another database", refusal.Message);
        await test.RestartAsync();
        Assert.Equal(message, await test.ReadAsync(item.Id));
        Assert.True(File.Exists(Path.Combine(test.Options.BlobFolder, "store-id")));
    }
}

public sealed class SqliteBlobOwnerTests() : BlobOwnerTests(Engine.Sqlite);

public sealed class PostgreSqlBlobOwnerTests() : BlobOwnerTests(Engine.PostgreSql);
