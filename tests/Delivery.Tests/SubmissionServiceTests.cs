using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Delivery.Tests;

public abstract class SubmissionServiceTests(Engine engine) : IAsyncLifetime
{
    private MailServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MailServer.StartAsync(work: false, engine: engine);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task Each_mailbox_gets_one_copy_however_often_it_is_named()
    {
        await _server.Accounts.AddGroupAsync("all@example.test", ["alice@example.test", "bob@example.test"]);
        var result = await _server.SubmitAsync(
            "alice@example.test", "bob@example.test", "BOB@Example.Test", "bob+tag@example.test", "all@example.test");
        Assert.Equal(2, result.Delivered.Count);
        Assert.Empty(result.Queued);
        Assert.Single(await _server.InboxAsync("alice@example.test"));
        Assert.Single(await _server.InboxAsync("bob@example.test"));
    }

    [Fact]
    public async Task One_unknown_recipient_refuses_the_whole()
    {
        var error = await Assert.ThrowsAsync<SubmissionException>(
            () => _server.SubmitAsync("alice@example.test", "bob@example.test", "nobody@example.test"));
        Assert.Equal((550, "5.1.1", "nobody@example.test"), (error.ReplyCode, error.StatusCode, error.Recipient));
        Assert.Empty(await _server.InboxAsync("bob@example.test"));
    }

    [Fact]
    public async Task Mail_for_others_waits_in_the_queue()
    {
        var result = await _server.SubmitAsync("alice@example.test", "bob@example.test", "carol@Remote.Test", "carol@remote.test");
        Assert.Equal(["carol@remote.test"], result.Queued);
        Assert.Single(result.Delivered);
        var entry = Assert.Single(await _server.QueueAdmin.ListAsync());
        Assert.Equal((result.QueueId, "alice@example.test"), (entry.QueueId, entry.Sender));
        Assert.Equal(["carol@remote.test"], entry.Recipients.Select(recipient => recipient.Address));
    }

    [Fact]
    public async Task The_callers_statements_commit_with_the_message_or_not_at_all()
    {
        await using var content = await _server.StageAsync("Subject: x\r\n\r\n");
        await _server.Submission.SubmitAsync(new Submission("", ["bob@example.test"], content, ItemKind.VoiceMail, InSameUnit: async session =>
            await session.ExecuteAsync("CREATE TABLE beside (n BIGINT)")));
        Assert.Equal(0, await _server.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM beside")));

        await Assert.ThrowsAsync<InvalidOperationException>(() => _server.Submission.SubmitAsync(
            new Submission("", ["bob@example.test"], content, InSameUnit: _ => throw new InvalidOperationException("no"))));
        Assert.Single(await _server.InboxAsync("bob@example.test"));
        var bob = await _server.Accounts.FindByAddressAsync("bob@example.test");
        Assert.Equal(1, (await _server.Store.CountKindAsync(bob!.Id, ItemKind.VoiceMail)).Unseen);
    }

    [Fact]
    public async Task The_postmaster_can_be_reached_without_an_account_of_that_name()
    {
        await _server.SubmitAsync("", "postmaster");
        await _server.SubmitAsync("", "Postmaster@example.test");
        Assert.Equal(2, (await _server.InboxAsync("alice@example.test")).Count);
    }
}

public sealed class SqliteSubmissionServiceTests() : SubmissionServiceTests(Engine.Sqlite);

public sealed class PostgreSqlSubmissionServiceTests() : SubmissionServiceTests(Engine.PostgreSql);
