using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Delivery.Tests.Queue;

/// <summary>Two servers that work off one queue.</summary>
public sealed class QueueNodesTests
{
    private const int Messages = 40;

    [Fact]
    public async Task Each_message_goes_out_once()
    {
        await using var home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        await using var remote = await MailServer.StartAsync("remote.test", work: false);
        var exchangers = new FakeExchangers { ["remote.test"] = new(ExchangerStatus.Found, ["mx.remote.test"]) };
        var options = new QueueOptions { RemotePort = remote.Smtp.ReceptionEndPoints[0].Port, MaxRecipientsPerTransaction = 1 };
        await using var first = await MailServer.StartAsync(home: home, queue: options with { Node = "first" }, exchangers: exchangers, work: false);
        await using var second = await MailServer.StartAsync(home: home, queue: options with { Node = "second" }, exchangers: exchangers, work: false);
        for (var i = 0; i < Messages; i++)
            await (i % 2 == 0 ? first : second).SubmitAsync("alice@example.test", "alice@remote.test", "bob@remote.test");
        await Task.WhenAll(first.Queue.StartAsync(), second.Queue.StartAsync());

        await remote.WaitForInboxAsync("alice@remote.test", Messages);
        await remote.WaitForInboxAsync("bob@remote.test", Messages);
        using var guard = new CancellationTokenSource(MailServer.Guard);
        while ((await first.QueueAdmin.ListAsync(guard.Token)).Count > 0 || (await first.Store.FindFolderAsync(long.MaxValue, "INBOX"))!.Exists > 0)
            await Task.Delay(5, guard.Token);
        await first.Queue.StopAsync();
        await second.Queue.StopAsync();
        Assert.Equal(Messages, (await remote.InboxAsync("alice@remote.test")).Count);
        Assert.Equal(Messages, (await remote.InboxAsync("bob@remote.test")).Count);
        Assert.Equal(0, await first.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM delivery_message")));
    }

    [Fact]
    public async Task What_the_other_server_took_is_not_sent_again_although_the_database_broke_before_that_was_recorded()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        await using var home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: cluster);
        await using var remote = await MailServer.StartAsync("remote.test", work: false);
        var exchangers = new FakeExchangers { ["remote.test"] = new(ExchangerStatus.Found, ["mx.remote.test"]) };
        // Whatever is put off would go again at once.
        var options = new QueueOptions { RemotePort = remote.Smtp.ReceptionEndPoints[0].Port, RetryAfter = [TimeSpan.FromMilliseconds(1)] };
        await using var server = await MailServer.StartAsync(home: home, queue: options, exchangers: exchangers, work: false);
        await server.SubmitAsync("alice@example.test", "alice@remote.test");
        await cluster.BreakCommitsAsync("delivery_recipient", home.Connection, "DELETE");
        await server.Queue.StartAsync();
        await remote.WaitForInboxAsync("alice@remote.test", 1);
        await cluster.WaitUntilBrokenAsync(home.Connection);
        await cluster.MendCommitsAsync("delivery_recipient", home.Connection);
        using var guard = new CancellationTokenSource(MailServer.Guard);
        while ((await server.QueueAdmin.ListAsync(guard.Token)).Count > 0)
            await Task.Delay(5, guard.Token);
        await server.Queue.StopAsync();
        Assert.Single(await remote.InboxAsync("alice@remote.test"));
    }

    [Fact]
    public async Task What_one_server_claims_is_not_given_to_the_other()
    {
        await using var home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        await using var first = await MailServer.StartAsync(home: home, work: false);
        await using var second = await MailServer.StartAsync(home: home, work: false);
        await first.SubmitAsync("alice@example.test", "bob@remote.test");
        var now = DateTimeOffset.UtcNow.AddMinutes(1);
        await first.Database.WriteAsync(async session =>
        {
            Assert.NotNull(await QueueTable.ClaimAsync(session, "first", now, now.AddHours(1), 10));
            // Not committed yet: the other one neither waits nor gets it.
            Assert.Null(await second.Database.WriteAsync(other => QueueTable.ClaimAsync(other, "second", now, now.AddHours(1), 10)));
            return 0;
        });
        Assert.Null(await second.Database.WriteAsync(session => QueueTable.ClaimAsync(session, "second", now, now.AddHours(1), 10)));
    }

    [Fact]
    public async Task Of_two_servers_that_are_done_with_the_last_two_recipients_one_removes_the_message()
    {
        await using var home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        await using var server = await MailServer.StartAsync(home: home, work: false);
        var id = (await server.SubmitAsync("alice@example.test", "alice@remote.test", "bob@remote.test")).QueueId;
        Task<bool>? other = null;
        await server.Database.WriteAsync(async session =>
        {
            await QueueTable.RemoveAsync(session, id, "alice@remote.test");
            other = RemoveAsync("bob@remote.test");
            // Until the other one is done too, or waits for us. What a transaction has seen of the others it does not look at again by itself, but
            // for the locks.
            while (!other.IsCompleted && await session.QueryLongAsync("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
                await Task.Yield();
            return true;
        });
        await other!;
        Assert.Empty(await server.QueueAdmin.ListAsync());
        Assert.Equal(0, await server.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM delivery_message")));

        Task<bool> RemoveAsync(string recipient) => server.Database.WriteAsync(async session =>
        {
            await QueueTable.RemoveAsync(session, id, recipient);
            return true;
        });
    }
}
