using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Tests.Contents;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class MailboxRestoreTests(Engine engine) : IAsyncLifetime
{
    private readonly string _target = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
    private TestStore _test = null!;
    private Folder _inbox = null!;
    private List<Item> _items = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestStore.OpenAsync(engine: engine);
        _inbox = await _test.InboxAsync();
        Folder work = await _test.Store.CreateFolderAsync(1, "Work/Old");
        _items = await _test.AppendManyAsync(_inbox, 3, new NewItem(ItemKind.VoiceMail, ItemFlags.Answered, ["a", "b"], _test.Time.GetUtcNow().AddDays(-1)));
        _items.Add(await _test.AppendAsync(_inbox, TestStore.Message(9, 90_000)));
        await _test.AppendAsync(work, TestStore.Message(1));
        await _test.Store.CopyAsync(_inbox.Id, [_items[0].Uid], _inbox.Id);
        await _test.Store.Backup!.RunAsync(_target, new BackupOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        System.IO.Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public async Task What_is_missing_comes_back_once_with_all_that_belongs_to_it()
    {
        Assert.Equal((0, 6, 0), await RestoreAsync());
        await DeleteAsync(_items[0].Uid, _items[1].Uid, _items[3].Uid);
        await _test.Store.DeleteFolderAsync(1, "Work/Old");
        _test.Time.Advance(TimeSpan.FromHours(2));
        await _test.Store.MaintainAsync();
        Assert.Equal((4, 2, 0), await RestoreAsync());
        Assert.Equal((0, 6, 0), await RestoreAsync());
        IReadOnlyList<Item> found = (await _test.Store.ReadFolderAsync(_inbox.Id)).Items;
        Assert.Equal(5, found.Count);
        Item back = found.First(item => item.Uid > 5 && item.Size == _items[1].Size);
        Assert.Equal((_items[1].Kind, _items[1].Flags, _items[1].InternalDate), (back.Kind, back.Flags, back.InternalDate));
        Assert.Equal(_items[1].Keywords, back.Keywords);
        Assert.Equal(TestStore.Message(9, 90_000), await _test.ReadAsync(found.Single(item => item.Size == 90_000).Id));
        Assert.Equal(1, (await _test.Store.FindFolderAsync(1, "Work/Old"))!.Exists);
    }

    [Fact]
    public async Task What_was_moved_stays_where_it_is_but_what_is_in_the_trash_comes_back()
    {
        Folder archive = (await _test.Store.FindFolderAsync(1, "Archive"))!;
        Folder trash = (await _test.Store.FindFolderAsync(1, "Trash"))!;
        await _test.Store.MoveAsync(_inbox.Id, [_items[1].Uid], archive.Id);
        await _test.Store.MoveAsync(_inbox.Id, [_items[2].Uid], trash.Id);
        Assert.Equal((1, 4, 1), await RestoreAsync());
        Assert.Equal((0, 5, 1), await RestoreAsync());
    }

    [Fact]
    public async Task One_folder_and_another_place()
    {
        Assert.Equal((0, 1, 0), await RestoreAsync(new MailboxRestoreOptions(Folder: "Work")));
        Assert.Equal((5, 0, 0), await RestoreAsync(new MailboxRestoreOptions("inbox", "From backup")));
        Assert.Equal((0, 5, 0), await RestoreAsync(new MailboxRestoreOptions("inbox", "From backup")));
        Assert.Equal(5, (await _test.Store.FindFolderAsync(1, "From backup/INBOX"))!.Exists);
        await Assert.ThrowsAsync<StoreException>(() => RestoreAsync(new MailboxRestoreOptions("Nothing")));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("damaged")]
    [InlineData("encrypted since")]
    public async Task An_item_that_is_there_without_its_content_has_it_again(string loss)
    {
        // Another mailbox has both too, and the archive one of them.
        Folder bob = await _test.InboxAsync(2);
        await _test.AppendAsync(bob, TestStore.Message(1));
        await _test.AppendAsync(bob, TestStore.Message(9, 90_000));
        if (loss == "encrypted since")
            await _test.RestartAsync(TestKeys.Of("k1"));
        Folder archive = (await _test.Store.FindFolderAsync(1, "Archive"))!;
        await _test.Store.MoveAsync(_inbox.Id, [_items[3].Uid], archive.Id);
        string blob = Assert.Single(_test.Blobs());
        if (loss == "damaged")
            await File.WriteAllBytesAsync(blob, TestStore.Message(8, 90_000));
        else
            File.Delete(blob);
        await _test.Database.WriteAsync(session => session.ExecuteAsync(
            loss == "damaged" ? "UPDATE store_bodies SET octets = x'00' WHERE content_id = 1" : "DELETE FROM store_bodies WHERE content_id = 1"));
        IReadOnlyList<Item> before = (await _test.Store.ReadFolderAsync(_inbox.Id)).Items;
        // The first one, its copy, the one in another folder of the backup that shares its content, and what lies in the archive.
        Assert.Equal((4, 2, 0), await RestoreAsync());
        Assert.Equal((0, 5, 1), await RestoreAsync());
        Assert.Equal(before.Select(item => (item.Id, item.Uid, item.ModSeq)), (await _test.Store.ReadFolderAsync(_inbox.Id)).Items.Select(item => (item.Id, item.Uid, item.ModSeq)));
        IReadOnlyList<Item> bobs = (await _test.Store.ReadFolderAsync(bob.Id)).Items;
        Assert.Equal(TestStore.Message(1), await _test.ReadAsync(bobs[0].Id));
        Assert.Equal(TestStore.Message(9, 90_000), await _test.ReadAsync(bobs[1].Id));
        // The check at the end finds references, places and files as they should be.
    }

    [Fact]
    public async Task What_is_put_elsewhere_does_not_share_what_is_lost()
    {
        await _test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_bodies SET octets = x'00' WHERE content_id = 1"));
        Assert.Equal((5, 0, 0), await RestoreAsync(new MailboxRestoreOptions("inbox", "From backup")));
        Assert.Equal(TestStore.Message(1), await _test.ReadAsync(_items[0].Id));
    }

    [Fact]
    public async Task What_is_lost_in_the_backup_too_is_said()
    {
        foreach (string blob in (string[])[.. _test.Blobs(), .. System.IO.Directory.GetFiles(Path.Combine(_target, "blobs"), "*", SearchOption.AllDirectories)])
            File.Delete(blob);
        Assert.Equal((0, 5, 0), await RestoreAsync(missing: [$"INBOX, UID {_items[3].Uid}"]));
        // Its sender sends it again, and with it the content comes back.
        await _test.AppendAsync(_inbox, TestStore.Message(9, 90_000));
    }

    [Fact]
    public async Task A_backup_from_before_the_encryption_doubles_nothing()
    {
        await _test.RestartAsync(TestKeys.Of("k1"));
        while (!(await _test.Store.RekeyAsync()).IsFinished)
        {
        }
        Folder archive = (await _test.Store.FindFolderAsync(1, "Archive"))!;
        await _test.Store.MoveAsync(_inbox.Id, [_items[1].Uid], archive.Id);
        await DeleteAsync(_items[0].Uid, _items[3].Uid);
        Assert.Equal((2, 3, 1), await RestoreAsync());
        Assert.Equal((0, 5, 1), await RestoreAsync());
    }

    private async Task<(long, long, long)> RestoreAsync(MailboxRestoreOptions? options = null, string[]? missing = null)
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        using var reader = new BackupReader(_target);
        string file = Path.Combine(folder, "unifiedmsg.db");
        reader.WriteDatabase(file, null);
        MailboxRestoreResult result;
        await using (SqliteDatabase backup = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = file }, [StoreSchema.Migrations], NullLoggerFactory.Instance, _test.Time))
        {
            MailboxRestore restore = await MailboxRestore.OpenAsync(backup, reader.BlobFolder, _test.Options.Keys, _test.Database, _test.Store);
            result = await restore.RunAsync(1, 1, options ?? new());
        }
        System.IO.Directory.Delete(folder, recursive: true);
        Assert.Equal(missing ?? [], result.Missing);
        return (result.Restored, result.Present, result.Elsewhere);
    }

    private async Task DeleteAsync(params uint[] uids)
    {
        await _test.Store.ChangeFlagsAsync(_inbox.Id, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _test.Store.ExpungeAsync(_inbox.Id, uids);
    }
}

public sealed class SqliteMailboxRestoreTests() : MailboxRestoreTests(Engine.Sqlite);

public sealed class PostgreSqlMailboxRestoreTests() : MailboxRestoreTests(Engine.PostgreSql);
