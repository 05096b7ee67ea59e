using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class ChangeTests(Engine engine)
{
    [Fact]
    public async Task Changes_since_a_number_are_what_a_client_missed()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 5);
        long since = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        Assert.Empty((await test.Store.ReadChangesAsync(inbox.Id, since)).Changed);
        await test.Store.ChangeFlagsAsync(inbox.Id, [4, 1], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id, [4]);
        await test.AppendAsync(inbox, TestStore.Message(6));
        FolderChanges changes = await test.Store.ReadChangesAsync(inbox.Id, since);
        Assert.Equal([1u, 6u], changes.Changed.Select(item => item.Uid));
        Assert.Equal([4u], changes.Vanished);
        Assert.Equal(5, changes.Folder.Exists);
        Assert.Empty((await test.Store.ReadChangesAsync(inbox.Id, changes.Folder.HighestModSeq)).Vanished);
    }

    [Fact]
    public async Task A_notice_tells_whose_which_and_what_kind_after_the_commit()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder alice = await test.InboxAsync(1);
        Folder bob = await test.InboxAsync(2);
        var ofAlice = new List<ChangeNotice>();
        var all = new List<ChangeNotice>();
        using (test.Store.Subscribe(1, ofAlice.Add))
        using (test.Store.Subscribe(1, _ => throw new InvalidOperationException("on purpose")))
        using (test.Store.Subscribe(null, all.Add))
        {
            Item voice = await test.AppendAsync(alice, TestStore.Message(1), new NewItem(ItemKind.VoiceMail));
            Item mail = await test.AppendAsync(bob, TestStore.Message(1));
            Assert.Equal([new ChangeNotice(1, alice.Id, voice.ModSeq, 1 << (int)ItemKind.VoiceMail)], ofAlice);
            Assert.Equal([ofAlice[0], new ChangeNotice(2, bob.Id, mail.ModSeq, 1)], all);
        }
        await test.AppendAsync(alice, TestStore.Message(2));
        Assert.Equal((1, 2), (ofAlice.Count, all.Count));
    }

    [Fact]
    public async Task The_lamp_counts_one_kind_outside_of_trash_and_junk()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder trash = (await test.Store.FindFolderAsync(1, "Trash"))!;
        Folder other = await test.Store.CreateFolderAsync(1, "Kept");
        await test.AppendManyAsync(inbox, 3, new NewItem(ItemKind.VoiceMail));
        await test.AppendManyAsync(inbox, 2, new NewItem(ItemKind.MissedCall));
        await test.AppendManyAsync(inbox, 4);
        await test.AppendManyAsync(other, 1, new NewItem(ItemKind.VoiceMail, ItemFlags.Seen));
        await test.AppendManyAsync(trash, 1, new NewItem(ItemKind.VoiceMail));
        Assert.Equal(new KindCount(3, 1), await test.Store.CountKindAsync(1, ItemKind.VoiceMail));
        Assert.Equal(new KindCount(2, 0), await test.Store.CountKindAsync(1, ItemKind.MissedCall));
        Assert.Equal(new KindCount(4, 0), await test.Store.CountKindAsync(1, ItemKind.Mail));
        await test.Store.ChangeFlagsAsync(inbox.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Seen));
        await test.Store.ChangeFlagsAsync(inbox.Id, [2], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.MoveAsync(inbox.Id, [3], trash.Id);
        Assert.Equal(new KindCount(0, 2), await test.Store.CountKindAsync(1, ItemKind.VoiceMail));
        Assert.Equal(new KindCount(0, 0), await test.Store.CountKindAsync(2, ItemKind.VoiceMail));
    }

    // RFC 7162 §3.2.5.1.
    [Fact]
    public async Task Below_the_floor_every_absent_uid_is_named()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MaxTombstones = 4 }, engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 10);
        long since = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        long middle = 0;
        foreach (uint uid in (uint[])[9, 2, 3, 7, 10])
        {
            await test.Store.ChangeFlagsAsync(inbox.Id, [uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
            await test.Store.ExpungeAsync(inbox.Id);
            if (uid == 7)
                middle = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        }
        await test.Store.MaintainAsync();
        Assert.Equal(2, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_tombstones")));
        Assert.Equal([2u, 3u, 7u, 9u, 10u], (await test.Store.ReadChangesAsync(inbox.Id, since)).Vanished);
        Assert.Equal([10u], (await test.Store.ReadChangesAsync(inbox.Id, middle)).Vanished);
        // Exactly at the floor all is known still.
        long floor = (await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT tombstone_floor FROM store_folders WHERE id = @p0", inbox.Id)))!.Value;
        Assert.True((await test.Store.ReadChangesAsync(inbox.Id, floor - 1)).IsBelowFloor);
        FolderChanges known = await test.Store.ReadChangesAsync(inbox.Id, floor);
        Assert.False(known.IsBelowFloor);
        Assert.Equal(2, known.Vanished.Count);
        // The same for somebody with whom the folder is shared.
        await test.Store.ChangeAclAsync(inbox.Id, AclIdentifier.Account(2), false, FlagMode.Replace, FolderRights.Read);
        FolderChanges bobs = await test.Store.ForPerson(new Person(2)).ReadChangesAsync(inbox.Id, since);
        Assert.True(bobs.IsBelowFloor);
        Assert.Equal([2u, 3u, 7u, 9u, 10u], bobs.Vanished);
    }

    [Fact]
    public async Task Pruning_never_forgets_part_of_one_change()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MaxTombstones = 4 });
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 10);
        await test.Store.ChangeFlagsAsync(inbox.Id, [1, 2, 3, 4, 5, 6, 7, 8], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        long since = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        await test.Store.ExpungeAsync(inbox.Id);
        await test.Store.MaintainAsync();
        FolderChanges changes = await test.Store.ReadChangesAsync(inbox.Id, since);
        Assert.True(changes.IsBelowFloor);
        Assert.Equal([1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u], changes.Vanished);
        Assert.Empty((await test.Store.ReadChangesAsync(inbox.Id, changes.Folder.HighestModSeq)).Vanished);
    }
}

public sealed class SqliteChangeTests() : ChangeTests(Engine.Sqlite);

public sealed class PostgreSqlChangeTests() : ChangeTests(Engine.PostgreSql);
