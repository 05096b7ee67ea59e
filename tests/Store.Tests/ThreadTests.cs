using System.Text;
using UnifiedMsg.Store.Threads;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Store.Tests;

/// <summary>RFC 8621 §3: an id in common and the same base subject.</summary>
public abstract class ThreadTests(Engine engine)
{
    [Theory]
    [InlineData("Lunch", "LUNCH")]
    [InlineData("Re: Lunch", "LUNCH")]
    [InlineData("RE : [list] Lunch today", "LUNCHTODAY")]
    [InlineData("re[2]: Fwd: Lunch (fwd) ", "LUNCH")]
    [InlineData("[Fwd: Re: Lunch]", "LUNCH")]
    [InlineData("AW: WG: Lunch", "LUNCH")]
    [InlineData("Release: Lunch", "RELEASE:LUNCH")]
    [InlineData("=?utf-8?q?Re:_Caf=C3=A9?=", "CAF\u00c9")]
    [InlineData("[only a blob]", "[ONLYABLOB]")]
    [InlineData("[[a] b", "[[A]B")]
    [InlineData("[", "[")]
    [InlineData("Re:", "")]
    [InlineData("(fwd)", "")]
    [InlineData(null, "")]
    public void The_base_subject_is_what_is_left(string? subject, string expected) => Assert.Equal(expected, BaseSubject.Of(subject));

    [Fact]
    public void Keys_are_one_for_each_id_and_bounded()
    {
        Assert.Equal(3, ThreadKeys.Of("x", "<a@b>", "<c@d> (from <me)", "<c@d> <e@f>").Length);
        Assert.Equal(ThreadKeys.Of("Re: x", null, "<a@b>", null), ThreadKeys.Of("x", "<a@b>", null, null));
        Assert.NotEqual(ThreadKeys.Of("y", "<a@b>", null, null), ThreadKeys.Of("x", "<a@b>", null, null));
        Assert.Empty(ThreadKeys.Of("x", "no brackets", "<>", "<unclosed"));
        Assert.Single(ThreadKeys.Of("x", "<<a@b>", null, null));
        string[] many = [.. Enumerable.Range(1, 300).Select(i => $"<{i}@example.test>")];
        long[] keys = ThreadKeys.Of("x", "<new@example.test>", many[^1], string.Join(' ', many));
        Assert.Equal(9, keys.Length);
        Assert.Contains(ThreadKeys.Of("x", many[0], null, null)[0], keys);
        Assert.Contains(ThreadKeys.Of("x", many[^1], null, null)[0], keys);
    }

    [Fact]
    public async Task Replies_in_any_order_and_folder_are_one_thread()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder sent = (await test.Store.FindFolderAsync(1, "Sent"))!;
        Item reply = await AppendAsync(test, inbox, "2", "Re: Lunch", inReplyTo: "1", minute: 2);
        Item first = await AppendAsync(test, sent, "1", "Lunch", minute: 1);
        Item later = await AppendAsync(test, inbox, "4", "AW: Lunch", references: "1 2 3", minute: 3);
        Item other = await AppendAsync(test, inbox, "5", "Dinner", inReplyTo: "1");
        Item none = await test.AppendAsync(inbox, Encoding.ASCII.GetBytes("Subject: Lunch\r\n\r\nx"));
        Assert.Equal([reply.Id, reply.Id, reply.Id, other.Id, none.Id], new[] { reply, first, later, other, none }.Select(i => i.ThreadId));
        Assert.Equal([first.Id, reply.Id, later.Id], (await test.Store.ReadThreadAsync(1, reply.ThreadId)).Select(i => i.Id));
        Assert.Empty(await test.Store.ReadThreadAsync(2, reply.ThreadId));
        // The same message in somebody else's mailbox has another thread.
        Item bobs = await AppendAsync(test, await test.InboxAsync(2), "2", "Re: Lunch", inReplyTo: "1");
        Assert.Equal(bobs.Id, bobs.ThreadId);
    }

    [Fact]
    public async Task Moves_keep_the_id_and_copies_that_of_the_content_and_thread()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        Item first = await AppendAsync(test, inbox, "1", "Lunch");
        await test.Store.CopyAsync(inbox.Id, [1], other.Id);
        await test.Store.CopyAsync(other.Id, [1], inbox.Id);
        await test.Store.MoveAsync(inbox.Id, [1], other.Id);
        Item[] all = [.. (await test.Store.ReadFolderAsync(inbox.Id)).Items, .. (await test.Store.ReadFolderAsync(other.Id)).Items];
        Assert.Equal(3, all.Select(item => item.Id).Distinct().Count());
        Assert.All(all, item => Assert.Equal((first.Id, first.ThreadId), (item.EmailId, item.ThreadId)));
        Assert.Contains(all, item => item.Id == first.Id && item.FolderId == other.Id);
    }

    [Fact]
    public async Task Items_from_before_get_their_threads_where_a_stop_left_off()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        for (int i = 1; i <= 250; i++)
            await AppendAsync(test, inbox, $"{i}", $"Talk {i % 2}", references: i > 2 ? $"{i - 2}" : null);
        long middle = (await test.Store.FindItemsAsync(inbox.Id, [101]))[0].Id;
        // An id that no item would get as its thread.
        long assigned = (await test.Store.FindItemsAsync(inbox.Id, [200]))[0].Id;
        await test.Store.MaintainAsync();
        await test.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("DELETE FROM store_thread_keys");
            await session.ExecuteAsync("UPDATE store_items SET thread_id = NULL");
            // A unit of a hundred items was done before the stop.
            await session.ExecuteAsync("UPDATE store_items SET thread_id = @p1 WHERE id < @p0", middle, assigned);
            return await session.ExecuteAsync("UPDATE store_counters SET value = @p0 WHERE name = 'threads'", middle - 1);
        });
        using var log = new LogRecorder();
        test.Loggers = log;
        await test.RestartAsync();
        await test.Store.MaintainAsync();
        Assert.Equal(
            ["Messages from before there were threads get theirs beside the work: 80 % done", "All messages from before there were threads have theirs"],
            log.Entries.Select(entry => entry.Text));
        Assert.Null(test.Store.Backfill);
        IReadOnlyList<Item> items = (await test.Store.ReadFolderAsync(inbox.Id)).Items;
        Assert.All(items.Take(100), item => Assert.Equal(assigned, item.ThreadId));
        Assert.All(items.Skip(100), item => Assert.Equal(items[100 + ((int)item.Uid + 1) % 2].Id, item.ThreadId));
    }

    [Fact]
    public async Task An_item_from_before_that_can_not_be_read_does_not_hold_up_the_others()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, TestStore.Message(1, 100_000));
        await AppendAsync(test, inbox, "2", "Lunch");
        await test.Store.MaintainAsync();
        await test.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("UPDATE store_items SET thread_id = NULL");
            return await session.ExecuteAsync("DELETE FROM store_counters WHERE name = 'threads'");
        });
        byte[] octets = await File.ReadAllBytesAsync(test.Blobs()[0]);
        octets[115] ^= 1; // within the first frame, behind the header of the file
        await File.WriteAllBytesAsync(test.Blobs()[0], octets);
        await test.RestartAsync();
        await test.Store.MaintainAsync();
        Assert.All((await test.Store.ReadFolderAsync(inbox.Id)).Items, item => Assert.Equal(item.Id, item.ThreadId));
        await test.AbandonAsync();
    }

    [Fact]
    public async Task Keys_of_threads_that_are_gone_are_forgotten()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await AppendAsync(test, inbox, "1", "Lunch");
        await AppendAsync(test, inbox, "2", "Dinner", inReplyTo: "0");
        await test.Store.ChangeFlagsAsync(inbox.Id, [2], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        await test.Store.MaintainAsync();
        Assert.Equal(1, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_thread_keys")));
    }

    private static Task<Item> AppendAsync(
        TestStore test, Folder folder, string id, string subject, string? inReplyTo = null, string? references = null, int minute = 0)
    {
        var text = new StringBuilder($"Message-ID: <{id}@example.test>\r\nSubject: {subject}\r\n");
        if (inReplyTo is not null)
            text.Append($"In-Reply-To: <{inReplyTo}@example.test>\r\n");
        if (references is not null)
            text.Append($"References: {string.Join("\r\n ", references.Split(' ').Select(r => $"<{r}@example.test>"))}\r\n");
        return test.AppendAsync(
            folder, Encoding.ASCII.GetBytes(text.Append("\r\nx").ToString()), new NewItem(InternalDate: test.Time.GetUtcNow().AddMinutes(minute)));
    }
}

public sealed class SqliteThreadTests() : ThreadTests(Engine.Sqlite);

public sealed class PostgreSqlThreadTests() : ThreadTests(Engine.PostgreSql);
