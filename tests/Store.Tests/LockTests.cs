using UnifiedMsg.Store.Contents;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>What changes on PostgreSQL while a unit waits for it: the unit decides by what is there then.</summary>
public sealed class LockTests : IAsyncLifetime
{
    private const string Owner = "SELECT 1 FROM store_accounts WHERE account_id = 1 FOR UPDATE";

    private DatabaseHome _home = null!;
    private TestStore _test = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        _test = await TestStore.OpenAsync(_home, ownsHome: true, new StoreOptions { BlobFolder = "", DeletedItemRetention = TimeSpan.Zero });
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_right_that_was_taken_meanwhile_is_no_right()
    {
        Folder work = await _test.Store.CreateFolderAsync(1, "Work");
        await _test.AppendAsync(work, TestStore.Message(1), new NewItem(Flags: ItemFlags.Deleted));
        IStore bob = _test.Store.ForPerson(new Person(2));
        Func<Task>[] calls =
        [
            () => bob.ChangeFlagsAsync(work.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Flagged)), () => bob.ExpungeAsync(work.Id),
            () => bob.CopyAsync(work.Id, [1], work.Id), () => bob.MoveAsync(work.Id, [1], work.Id), () => bob.CreateFolderAsync(1, "Work/Below"),
            () => bob.RenameFolderAsync(1, "Work", "Other"), () => bob.DeleteFolderAsync(1, "Work"), () => bob.SubscribeAsync(1, "Work", true),
            async () =>
            {
                await using StagedContent staged = await _test.Store.StageAsync(new MemoryStream(TestStore.Message(2)), TestStore.MaxSize);
                await bob.AppendAsync(work.Id, staged, new NewItem());
            },
        ];
        foreach (Func<Task> call in calls)
        {
            await _test.Store.ChangeAclAsync(work.Id, AclIdentifier.Account(2), false, FlagMode.Replace, FolderRights.All);
            StoreError? refusal = await Meeting.WithAsync(_home, Owner, "DELETE FROM store_acl", () => RefusalAsync(call));
            Assert.True(refusal is StoreError.NoSuchFolder or StoreError.NotPermitted, $"call {Array.IndexOf(calls, call)}: {refusal}");
        }
        Item item = Assert.Single((await _test.Store.ReadFolderAsync(work.Id)).Items);
        Assert.Equal(ItemFlags.Deleted, item.Flags);
    }

    [Fact]
    public async Task A_folder_that_got_the_name_meanwhile_is_not_the_one_that_may_be_deleted()
    {
        Folder work = await _test.Store.CreateFolderAsync(1, "Work"), own = await _test.Store.CreateFolderAsync(1, "Private");
        await _test.Store.ChangeAclAsync(work.Id, AclIdentifier.Account(2), false, FlagMode.Replace, FolderRights.All);
        IStore bob = _test.Store.ForPerson(new Person(2));
        StoreError? refusal = await Meeting.WithAsync(
            _home, Owner, "UPDATE store_folders SET path = 'Old' WHERE path = 'Work'; UPDATE store_folders SET path = 'Work' WHERE path = 'Private'",
            () => RefusalAsync(() => bob.DeleteFolderAsync(1, "Work")));
        Assert.Equal(StoreError.NoSuchFolder, refusal);
        Assert.NotNull(await _test.Store.FindFolderAsync(own.Id));
    }

    [Fact]
    public async Task A_thread_into_which_a_message_comes_keeps_its_keys()
    {
        Folder inbox = await _test.InboxAsync();
        Item gone = await _test.AppendAsync(inbox, TestStore.Message(1), new NewItem(Flags: ItemFlags.Deleted));
        Item other = await _test.AppendAsync(inbox, TestStore.Message(2));
        await _test.Store.ExpungeAsync(inbox.Id);
        await _test.Store.MaintainAsync();
        await _test.Database.WriteAsync(session => session.ExecuteAsync(
            "INSERT INTO store_thread_keys(account_id, id_key, thread_id) VALUES(1, 7, @p0)", gone.ThreadId));
        await Meeting.WithAsync(
            _home, Owner, $"UPDATE store_items SET thread_id = {gone.ThreadId} WHERE id = {other.Id}",
            async () =>
            {
                await _test.Store.MaintainAsync();
                return 0;
            });
        Assert.Equal(gone.ThreadId, await _test.Database.ReadAsync(session => session.QueryLongAsync("SELECT thread_id FROM store_thread_keys WHERE id_key = 7")));
    }

    // Putting an item back moves its reference from one table to the other.
    [Fact]
    public async Task What_is_put_back_while_references_are_counted_is_counted()
    {
        Folder inbox = await _test.InboxAsync();
        Item item = await _test.AppendAsync(inbox, TestStore.Message(1));
        long content = (await _test.Database.ReadAsync(session => session.QueryLongAsync("SELECT content_id FROM store_items WHERE id = @p0", item.Id)))!.Value;
        const string Columns = "id, folder_id, kind, flags, internal_date, size, content_id";
        await _test.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                $"INSERT INTO store_retained({Columns}, account_id, folder_path, deleted_at) SELECT {Columns}, 1, 'INBOX', 0 FROM store_items WHERE id = @p0", item.Id);
            return await session.ExecuteAsync("DELETE FROM store_items WHERE id = @p0", item.Id);
        });
        await Meeting.WithAsync(
            _home, "LOCK TABLE store_retained IN ACCESS EXCLUSIVE MODE",
            $"INSERT INTO store_items({Columns}, uid, modseq) SELECT {Columns}, 1, {item.ModSeq} FROM store_retained; DELETE FROM store_retained",
            () => _test.Database.WriteAsync(session => ContentRows.RecountAsync(session, content, _test.Time.GetUtcNow())));
        Assert.Equal(1, await _test.Database.ReadAsync(session => session.QueryLongAsync("SELECT refs FROM store_contents WHERE id = @p0", content)));
    }

    private static async Task<StoreError?> RefusalAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (StoreException refusal)
        {
            return refusal.Error;
        }
    }
}
