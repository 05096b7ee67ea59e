using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>Every test ends with a check that the sums of each account are those of its folders.</summary>
public abstract class QuotaTests(Engine engine)
{
    [Fact]
    public async Task Whatever_changes_items_changes_the_sums()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        await test.AppendManyAsync(inbox, 4);
        Assert.Equal((4L, 2000L), await UsedAsync(test));
        await test.Store.CopyAsync(inbox.Id, [1, 2], other.Id);
        Assert.Equal((6L, 3000L), await UsedAsync(test));
        await test.Store.MoveAsync(inbox.Id, [3], other.Id);
        Assert.Equal((6L, 3000L), await UsedAsync(test));
        await test.Store.ChangeFlagsAsync(inbox.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        Assert.Equal((5L, 2500L), await UsedAsync(test));
        await test.Store.RenameFolderAsync(1, "INBOX", "Old");
        Assert.Equal((5L, 2500L), await UsedAsync(test));
        await test.Store.DeleteFolderAsync(1, "Other");
        Assert.Equal((2L, 1000L), await UsedAsync(test));
        await test.Store.MaintainAsync();
        Assert.Equal((2L, 1000L), await UsedAsync(test));
        await test.Store.RemoveAccountAsync(1);
        Assert.Equal((0L, 0L), await UsedAsync(test));
    }

    [Theory, InlineData(1600L, null), InlineData(null, 3L)]
    public async Task What_is_too_much_is_refused_and_changes_nothing(long? maxSize, long? maxItems)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.Store.SetQuotaAsync(1, new QuotaLimits(maxSize, maxItems));
        await test.AppendManyAsync(inbox, 3);
        long before = (await test.Store.FindFolderAsync(inbox.Id))!.HighestModSeq;
        OverQuotaException refusal = await Assert.ThrowsAsync<OverQuotaException>(() => test.AppendAsync(inbox, TestStore.Message(4)));
        Assert.Equal((StoreError.OverQuota, false), (refusal.Error, refusal.IsForGood));
        await Assert.ThrowsAsync<OverQuotaException>(() => test.Store.CopyAsync(inbox.Id, [1], inbox.Id));
        Assert.Equal((3L, 1500L), await UsedAsync(test));
        Folder after = (await test.Store.FindFolderAsync(inbox.Id))!;
        Assert.Equal((before, 3, 4u), (after.HighestModSeq, after.Exists, after.UidNext));
        // Neither a move nor a removal takes more room.
        await test.Store.MoveAsync(inbox.Id, [1], (await test.Store.FindFolderAsync(1, "Trash"))!.Id);
        await test.Store.ChangeFlagsAsync(inbox.Id, [2], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        await test.AppendAsync(inbox, TestStore.Message(4));
    }

    [Fact]
    public async Task What_no_empty_mailbox_would_take_is_refused_for_good()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MailboxSize = 1000 }, engine: engine);
        Folder inbox = await test.InboxAsync();
        OverQuotaException refusal = await Assert.ThrowsAsync<OverQuotaException>(() => test.AppendAsync(inbox, TestStore.Message(1, 1001)));
        Assert.True(refusal.IsForGood);
        Quota quota = await test.Store.ReadQuotaAsync(1);
        Assert.True(quota.CanEverTake(1000) && quota.Takes(1000) && !quota.CanEverTake(1001) && !quota.IsFull);
        await test.AppendAsync(inbox, TestStore.Message(1, 1000));
        quota = await test.Store.ReadQuotaAsync(1);
        Assert.True(quota.CanEverTake(1000) && !quota.Takes(1) && quota.IsFull);
    }

    [Fact]
    public async Task What_would_be_lost_is_taken_over_the_limit()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MailboxItems = 1 }, engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 1);
        await test.AppendAsync(inbox, TestStore.Message(2), new NewItem(ItemKind.VoiceMail, BeyondQuota: true));
        Assert.Equal((2L, 1000L), await UsedAsync(test));
        await Assert.ThrowsAsync<OverQuotaException>(() => test.AppendAsync(inbox, TestStore.Message(3)));
    }

    [Fact]
    public async Task An_accounts_own_limit_goes_before_the_servers()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MailboxItems = 1, MailboxSize = 10_000 }, engine: engine);
        await test.Store.SetQuotaAsync(2, new QuotaLimits(MaxItems: QuotaLimits.None));
        Assert.Equal(new Quota(0, 0, 10_000, 1), await test.Store.ReadQuotaAsync(1));
        Assert.Equal(new Quota(0, 0, 10_000, QuotaLimits.None), await test.Store.ReadQuotaAsync(2));
        await test.AppendManyAsync(await test.InboxAsync(2), 3);
        await test.Store.SetQuotaAsync(2, new QuotaLimits());
        Assert.Equal(new QuotaLimits(), await test.Store.ReadQuotaLimitsAsync(2));
        Assert.Equal(new Quota(1500, 3, 10_000, 1), await test.Store.ReadQuotaAsync(2));
    }

    [Fact]
    public async Task Deliveries_at_the_same_moment_do_not_overrun_it()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MailboxItems = 10 }, engine: engine);
        Folder inbox = await test.InboxAsync();
        bool[] taken = await Task.WhenAll(Enumerable.Range(1, 50).Select(async number =>
        {
            try
            {
                await test.AppendAsync(inbox, TestStore.Message(number));
                return true;
            }
            catch (OverQuotaException)
            {
                return false;
            }
        }));
        Assert.Equal(10, taken.Count(each => each));
        Assert.Equal((10L, 5000L), await UsedAsync(test));
    }

    private static async Task<(long Items, long Size)> UsedAsync(TestStore test)
    {
        Quota quota = await test.Store.ReadQuotaAsync(1);
        return (quota.Items, quota.Size);
    }
}

public sealed class SqliteQuotaTests() : QuotaTests(Engine.Sqlite)
{
    [Fact]
    public async Task A_refusal_does_not_have_its_batch_run_again()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MailboxItems = 1 });
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 1);
        await using StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(2)), TestStore.MaxSize);
        // The writer is held by a first unit, so that those behind it come into its batch.
        var held = new TaskCompletionSource();
        using var release = new ManualResetEventSlim();
        var first = Task.Run(() => test.Database.WriteAsync(_ =>
        {
            held.TrySetResult();
            release.Wait();
            return ValueTask.FromResult(0);
        }));
        await held.Task;
        int runs = 0;
        Task<int> beside = test.Database.WriteAsync(session =>
        {
            runs++;
            return session.ExecuteAsync("UPDATE store_counters SET value = value");
        });
        Task<Item>[] refused = [.. Enumerable.Range(0, 3).Select(_ => test.Store.AppendAsync(inbox.Id, staged, new NewItem()))];
        release.Set();
        foreach (Task<Item> each in refused)
            await Assert.ThrowsAsync<OverQuotaException>(() => each);
        await Task.WhenAll(first, beside);
        Assert.Equal(1, runs);
    }
}

public sealed class PostgreSqlQuotaTests() : QuotaTests(Engine.PostgreSql);
