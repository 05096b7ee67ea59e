using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>A folder of alice (1) on which bob (2) and carol (3), who may do everything, act at the same moment.</summary>
public abstract class SharedLockTests(Engine engine) : IAsyncLifetime
{
    // What the units lock at first, and what they change.
    private const string Held = "SELECT 1 FROM store_accounts WHERE account_id = 1 FOR UPDATE; SELECT 1 FROM store_acl FOR UPDATE";

    private DatabaseHome _home = null!;
    private TestStore _test = null!;
    private Folder _work = null!;
    private IStore _bob = null!;
    private IStore _carol = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(engine);
        _test = await TestStore.OpenAsync(_home, ownsHome: true);
        _work = await _test.Store.CreateFolderAsync(1, "Work");
        foreach (long person in (long[])[2, 3])
            await _test.Store.ChangeAclAsync(_work.Id, AclIdentifier.Account(person), false, FlagMode.Replace, FolderRights.All);
        _bob = _test.Store.ForPerson(new Person(2));
        _carol = _test.Store.ForPerson(new Person(3));
        await _test.AppendAsync(_work, TestStore.Message(1));
    }

    // Ends with a check of the whole.
    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_message_that_two_move_comes_to_one_of_them()
    {
        Folder bobs = await _test.InboxAsync(2), carols = await _test.InboxAsync(3);
        CopyResult[] moved = await Meeting.OfAsync(
            _home, Held, () => _bob.MoveAsync(_work.Id, [1], bobs.Id), () => _carol.MoveAsync(_work.Id, [1], carols.Id));
        Assert.Single(moved, result => result.SourceUids.Count == 1);
        Assert.Equal(1, (await _test.Store.FindFolderAsync(bobs.Id))!.Exists + (await _test.Store.FindFolderAsync(carols.Id))!.Exists);
        Assert.Equal(0, (await _test.Store.FindFolderAsync(_work.Id))!.Exists);
    }

    [Fact]
    public async Task Of_two_moves_in_opposite_directions_neither_waits_for_the_other_for_ever()
    {
        Folder bobs = await _test.InboxAsync(2);
        await _test.AppendAsync(bobs, TestStore.Message(2));
        IStore again = _test.Store.ForPerson(new Person(2));
        CopyResult[] moved = await Meeting.OfAsync(
            _home, Held, () => _bob.MoveAsync(_work.Id, [1], bobs.Id), () => again.MoveAsync(bobs.Id, [1], _work.Id));
        Assert.All(moved, result => Assert.Single(result.SourceUids));
    }

    // RFC 7162 §3.1.3: whoever comes second is told so.
    [Fact]
    public async Task Of_two_changes_of_what_is_unchanged_one_is_refused()
    {
        long since = (await _bob.ReadFolderAsync(_work.Id)).Folder.HighestModSeq;
        FlagResult[] changed = await Meeting.OfAsync(
            _home, Held, () => _bob.ChangeFlagsAsync(_work.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Flagged), since),
            () => _carol.ChangeFlagsAsync(_work.Id, [1], new FlagChange(FlagMode.Replace, ItemFlags.Answered), since));
        Assert.Single(changed, result => result.Modified.Count == 1);
        Assert.Single(changed, result => result.Items.Count == 1);
    }

    [Fact]
    public async Task What_a_person_sees_twice_is_seen_once()
    {
        IStore again = _test.Store.ForPerson(new Person(2));
        var seen = new FlagChange(FlagMode.Add, ItemFlags.Seen);
        await Meeting.OfAsync(_home, Held, () => _bob.ChangeFlagsAsync(_work.Id, [1], seen), () => again.ChangeFlagsAsync(_work.Id, [1], seen));
        Assert.Equal(0, (await _bob.FindFolderAsync(_work.Id))!.Unseen);
    }

    [Fact]
    public async Task A_right_that_is_taken_while_another_is_given_is_taken()
    {
        await _test.Store.ChangeAclAsync(_work.Id, AclIdentifier.Anyone, false, FlagMode.Replace, FolderRights.Read | FolderRights.Write);
        await Meeting.OfAsync(
            _home, Held, () => ChangeAsync(_test.Store, AclIdentifier.Anyone, FlagMode.Remove, FolderRights.Write),
            () => ChangeAsync(_bob, AclIdentifier.Anyone, FlagMode.Add, FolderRights.Insert));
        Assert.Equal(
            FolderRights.Read | FolderRights.Insert,
            (await _test.Store.ReadAclAsync(_work.Id)).First(entry => entry.Identifier == AclIdentifier.Anyone).Rights);
    }

    [Fact]
    public async Task Of_two_who_take_each_others_rights_one_keeps_them()
    {
        bool[] taken = await Meeting.OfAsync(
            _home, Held, () => ChangeAsync(_bob, AclIdentifier.Account(3), FlagMode.Replace, FolderRights.None),
            () => ChangeAsync(_carol, AclIdentifier.Account(2), FlagMode.Replace, FolderRights.None));
        Assert.Single(taken, done => done);
        Assert.Single(await _test.Store.ReadAclAsync(_work.Id));
    }

    private async Task<bool> ChangeAsync(IStore store, AclIdentifier identifier, FlagMode mode, FolderRights rights)
    {
        try
        {
            await store.ChangeAclAsync(_work.Id, identifier, false, mode, rights);
            return true;
        }
        catch (StoreException refusal) when (refusal.Error is StoreError.NotPermitted or StoreError.NoSuchFolder)
        {
            return false;
        }
    }
}

public sealed class SqliteSharedLockTests() : SharedLockTests(Engine.Sqlite);

public sealed class PostgreSqlSharedLockTests() : SharedLockTests(Engine.PostgreSql);
