using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>A folder is opened by its gaps; what it says is what a look at every item says.</summary>
public abstract class OpenFolderTests(Engine engine)
{
    [Fact]
    public async Task Whatever_came_and_went_the_uids_are_those_of_the_items()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        var random = new Random(3);
        for (int round = 0; round < 25; round++)
        {
            Folder from = random.Next(3) == 0 ? other : inbox, to = from == inbox ? other : inbox;
            uint[] some = [.. (await test.Store.OpenFolderAsync(from.Id)).Uids.Where(_ => random.Next(3) == 0)];
            switch (random.Next(4))
            {
                case 0:
                    await test.Store.ChangeFlagsAsync(from.Id, some, new FlagChange(FlagMode.Add, ItemFlags.Deleted));
                    await test.Store.ExpungeAsync(from.Id, some);
                    break;
                case 1:
                    await test.Store.MoveAsync(from.Id, some, (random.Next(2) == 0 ? from : to).Id);
                    break;
                case 2:
                    await test.Store.CopyAsync(from.Id, some, to.Id);
                    break;
                default:
                    await test.AppendManyAsync(from, random.Next(1, 8));
                    break;
            }
            foreach (Folder each in (Folder[])[inbox, other])
            {
                (Folder folder, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(each.Id);
                OpenedFolder opened = await test.Store.OpenFolderAsync(each.Id);
                Assert.Equal(folder, opened.Folder);
                Assert.Equal(items.Select(item => item.Uid), opened.Uids);
            }
        }
    }

    [Fact]
    public async Task The_keywords_in_use_are_told()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Assert.Empty((await test.Store.OpenFolderAsync(inbox.Id)).Keywords);
        foreach (string[] keywords in (string[][])[["a", "b"], [], ["B", "c"], ["a", "b"]])
            await test.AppendAsync(inbox, TestStore.Message(1), new NewItem(Keywords: keywords));
        Assert.Equal(["a", "b", "c"], (await test.Store.OpenFolderAsync(inbox.Id)).Keywords.Select(each => each.ToLowerInvariant()).Order());
        await test.Store.ChangeFlagsAsync(inbox.Id, [3], new FlagChange(FlagMode.Remove, ItemFlags.None, ["c"]));
        Assert.Equal(["a", "b"], (await test.Store.OpenFolderAsync(inbox.Id)).Keywords.Select(each => each.ToLowerInvariant()).Order());
    }

    [Fact]
    public async Task A_folder_that_is_gone_can_not_be_opened()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(() => test.Store.OpenFolderAsync(99).AsTask());
        Assert.Equal(StoreError.NoSuchFolder, refusal.Error);
    }
}

public sealed class SqliteOpenFolderTests() : OpenFolderTests(Engine.Sqlite);

public sealed class PostgreSqlOpenFolderTests() : OpenFolderTests(Engine.PostgreSql);
