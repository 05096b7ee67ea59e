using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;
using static UnifiedMsg.Store.Tests.Search.SearchedMail;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>Messages that are read because the index does not tell, more of them than are read together.</summary>
public abstract class VerifyingTests(Engine engine)
{
    private const int Messages = (2 * ContentReader.PerReading) + 5;

    // Above what the database holds itself.
    private static readonly string Long = new('x', 100_000);

    [Fact]
    public async Task All_that_have_a_text_are_found_wherever_they_are_kept()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await FillAsync(test);
        Assert.Equal(Uids(uid => uid % 3 == 0), await FindAsync(test, inbox, "of three"));
        Assert.Equal(Uids(uid => uid % 3 == 0 && uid > 70), await test.Store.SearchAsync(
            inbox.Id, new AllOfQuery([new TextQuery(SearchField.Text, "of three"), new ItemQuery(item => item.Uid > 70)])));
        Assert.Equal([65u], await test.Store.SearchAsync(inbox.Id, new SummaryQuery(summary => summary.Envelope.Subject == "number 65")));
        Assert.Equal(Uids(uid => uid is 3 or 66), await test.Store.SearchAsync(inbox.Id, new TextQuery(SearchField.Body, "of three"), [1, 3, 66, 67]));
    }

    [Fact]
    public async Task Of_contents_that_can_not_be_read_neither_a_text_nor_its_contrary_is_said_and_the_others_are_found()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await FillAsync(test);
        Assert.Equal(2, test.Blobs().Length);
        foreach (string blob in test.Blobs())
            File.Delete(blob);
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_bodies SET octets = x'00' WHERE content_id = 6"));
        await test.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = 7"));
        Func<uint, bool> readable = uid => uid is not (3 or 6 or 7 or 100);
        Assert.Equal(Uids(uid => uid % 3 == 0 && readable(uid)), await FindAsync(test, inbox, "of three"));
        Assert.Equal(
            Uids(uid => uid % 3 != 0 && readable(uid)),
            await test.Store.SearchAsync(inbox.Id, new NotQuery(new TextQuery(SearchField.Text, "of three"))));
        // What is known without them is said of them too.
        Assert.Equal(
            Uids(uid => uid % 3 == 0 && readable(uid) || uid == 7),
            await test.Store.SearchAsync(inbox.Id, new AnyOfQuery([new TextQuery(SearchField.Text, "of three"), new ItemQuery(item => item.Uid == 7)])));
        await test.AbandonAsync();
    }

    private static uint[] Uids(Func<uint, bool> which) => [.. Enumerable.Range(1, Messages).Select(uid => (uint)uid).Where(which)];

    private static async Task<Folder> FillAsync(TestStore test)
    {
        Folder inbox = await test.InboxAsync();
        for (int uid = 1; uid <= Messages; uid++)
            await test.AppendAsync(inbox, Message($"number {uid}", $"{uid}{(uid % 3 == 0 ? " is of Three" : "")} {(uid is 3 or 100 ? Long : "")}"));
        return inbox;
    }
}

public sealed class SqliteVerifyingTests() : VerifyingTests(Engine.Sqlite);

public sealed class PostgreSqlVerifyingTests() : VerifyingTests(Engine.PostgreSql);
