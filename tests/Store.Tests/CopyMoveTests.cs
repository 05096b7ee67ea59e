using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class CopyMoveTests(Engine engine)
{
    [Fact]
    public async Task A_copy_has_the_same_content_and_flags_and_another_id()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder archive = (await test.Store.FindFolderAsync(1, "Archive"))!;
        await test.AppendManyAsync(inbox, 4, new NewItem(ItemKind.VoiceMail, ItemFlags.Answered, ["k"]));
        CopyResult result = await test.Store.CopyAsync(inbox.Id, [4, 2, 99], archive.Id);
        Assert.Equal(archive.UidValidity, result.TargetUidValidity);
        Assert.Equal([2u, 4u], result.SourceUids);
        Assert.Equal([1u, 2u], result.TargetUids);
        IReadOnlyList<Item> copies = (await test.Store.ReadFolderAsync(archive.Id)).Items;
        Assert.Equal(TestStore.Message(2), await test.ReadAsync(copies[0].Id));
        Assert.All(copies, copy => Assert.Equal((ItemKind.VoiceMail, ItemFlags.Answered), (copy.Kind, copy.Flags)));
        Assert.Equal(4, (await test.Store.FindFolderAsync(inbox.Id))!.Exists);
        Assert.Equal(6, (await test.Store.ReadFolderAsync(inbox.Id)).Items.Concat(copies).Select(item => item.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_copy_into_the_same_folder_is_a_new_item()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 2);
        Assert.Equal([3u, 4u], (await test.Store.CopyAsync(inbox.Id, [1, 2], inbox.Id)).TargetUids);
        Assert.Equal(4, (await test.Store.FindFolderAsync(inbox.Id))!.Exists);
    }

    [Fact]
    public async Task A_moved_item_keeps_its_id_and_content()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder trash = (await test.Store.FindFolderAsync(1, "Trash"))!;
        List<Item> items = await test.AppendManyAsync(inbox, 3);
        var noticed = new List<long>();
        using IDisposable subscription = test.Store.Subscribe(1, notice => noticed.Add(notice.FolderId));
        long before = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        CopyResult result = await test.Store.MoveAsync(inbox.Id, [1, 3], trash.Id);
        Assert.Equal([1u, 3u], result.SourceUids);
        Assert.Equal([inbox.Id, trash.Id], noticed);
        IReadOnlyList<Item> moved = (await test.Store.ReadFolderAsync(trash.Id)).Items;
        Assert.Equal([items[0].Id, items[2].Id], moved.Select(item => item.Id));
        Assert.Equal(TestStore.Message(3), await test.ReadAsync(moved[1].Id));
        FolderChanges changes = await test.Store.ReadChangesAsync(inbox.Id, before);
        Assert.Equal([1u, 3u], changes.Vanished);
        Assert.Empty(changes.Changed);
    }

    [Fact]
    public async Task A_move_within_the_folder_gives_new_uids()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 3, new NewItem(Flags: ItemFlags.Seen));
        await test.Store.MoveAsync(inbox.Id, [1], inbox.Id);
        (Folder folder, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal([2u, 3u, 4u], items.Select(item => item.Uid));
        Assert.Equal((3, 0), (folder.Exists, folder.Unseen));
    }

    [Fact]
    public async Task Items_stay_within_their_account()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder alice = await test.InboxAsync(1);
        Folder bob = await test.InboxAsync(2);
        await test.AppendManyAsync(alice, 1);
        foreach (Func<Task<CopyResult>> attempt in (Func<Task<CopyResult>>[])
            [() => test.Store.CopyAsync(alice.Id, [1], bob.Id), () => test.Store.MoveAsync(alice.Id, [1], bob.Id)])
            Assert.Equal(StoreError.InvalidFolder, (await Assert.ThrowsAsync<StoreException>(attempt)).Error);
        Assert.Equal(0, (await test.Store.FindFolderAsync(bob.Id))!.Exists);
    }

    [Fact]
    public async Task A_copy_of_many_reserves_their_ids_at_once()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 20);
        for (uint count = 20; count < 2000; count *= 2)
            await test.Store.CopyAsync(inbox.Id, [.. Enumerable.Range(1, (int)count).Select(uid => (uint)uid)], inbox.Id);
        Assert.Equal(2560, (await test.Store.FindFolderAsync(inbox.Id))!.Exists);
        long? reserved = await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT value FROM store_counters WHERE name = 'item'"));
        Assert.InRange(reserved!.Value, 2560, 10_000);
    }
}

public sealed class SqliteCopyMoveTests() : CopyMoveTests(Engine.Sqlite);

public sealed class PostgreSqlCopyMoveTests() : CopyMoveTests(Engine.PostgreSql);
