using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Delivery.Tests.Queue;

public abstract class QueueWorkerTests(Engine engine)
{
    private const string Alice = "alice@example.test";
    private const string RemoteBob = "bob@remote.test";

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static QueueOptions To(MailServer remote) => new() { RemotePort = remote.Smtp.ReceptionEndPoints[0].Port };

    private static FakeExchangers Exchangers(ExchangerResult result) => new() { ["remote.test"] = result };

    private static FakeExchangers Found() => Exchangers(new ExchangerResult(ExchangerStatus.Found, ["mx.remote.test"]));

    private static Task<MailServer> RemoteAsync(Func<ISubmission, ISubmission>? submit = null) =>
        MailServer.StartAsync("remote.test", work: false, submit: submit);

    // The queue is empty once the worker has recorded what became of the message.
    private static async Task WaitForEmptyQueueAsync(MailServer server)
    {
        using var guard = new CancellationTokenSource(MailServer.Guard);
        while ((await server.QueueAdmin.ListAsync(guard.Token)).Count > 0)
            await Task.Yield();
    }

    private static async Task<QueueEntryRecipient> WaitForAttemptAsync(MailServer server, int attempts)
    {
        using var guard = new CancellationTokenSource(MailServer.Guard);
        while (true)
        {
            var recipient = (await server.QueueAdmin.ListAsync(guard.Token)).SelectMany(entry => entry.Recipients).SingleOrDefault();
            if (recipient is { IsUnderWay: false } && recipient.Attempts >= attempts)
                return recipient;
            await Task.Yield();
        }
    }

    // What is under way, since the clock went on, can't be tried again until it is done.
    private static async Task RetryAsync(MailServer server)
    {
        using var guard = new CancellationTokenSource(MailServer.Guard);
        while (await server.QueueAdmin.RetryAsync(null, guard.Token) == 0)
            await Task.Yield();
    }

    // The clock goes on in steps, because the worker may look at it just before a step and go to sleep just after.
    private static async Task<T> WithTimePassingAsync<T>(FakeTimeProvider time, TimeSpan step, Task<T> waiting)
    {
        while (!waiting.IsCompleted)
        {
            time.Advance(step);
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(5)));
        }
        return await waiting;
    }

    [Fact]
    public async Task Mail_reaches_another_server_once_and_leaves_nothing_behind()
    {
        await using var remote = await RemoteAsync();
        await using var server = await MailServer.StartAsync(engine: engine, queue: To(remote), exchangers: Found());
        await server.SubmitAsync(Alice, RemoteBob, "alice@remote.test");
        var received = Assert.Single(await remote.WaitForInboxAsync(RemoteBob, 1));
        Assert.StartsWith($"Return-Path: <{Alice}>\r\nReceived: from mx.example.test", received);
        Assert.Contains("with ESMTPS id", received);
        Assert.EndsWith("\r\n\r\nhello\r\n", received);
        await WaitForEmptyQueueAsync(server);
        await server.Queue.StopAsync();
        Assert.Single(await remote.InboxAsync("alice@remote.test"));
        var content = await server.Store.FindFolderAsync(long.MaxValue, "INBOX");
        Assert.Equal(0, content!.Exists);
        Assert.Empty(await server.InboxAsync(Alice));
    }

    [Fact]
    public async Task A_refused_recipient_is_reported_and_the_others_get_theirs()
    {
        await using var remote = await RemoteAsync();
        await using var server = await MailServer.StartAsync(engine: engine, queue: To(remote), exchangers: Found());
        await server.SubmitAsync(Alice, RemoteBob, "nobody@remote.test");
        await remote.WaitForInboxAsync(RemoteBob, 1);
        var text = Assert.Single(await server.WaitForInboxAsync(Alice, 1));
        var report = MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)));
        var body = Assert.IsType<MultipartReport>(report.Body);
        Assert.Equal("delivery-status", body.ReportType);
        var status = Assert.IsType<MessageDeliveryStatus>(body[1]).StatusGroups;
        Assert.Equal("dns; mx.example.test", status[0]["Reporting-MTA"]);
        Assert.Equal("rfc822; nobody@remote.test", status[1]["Final-Recipient"]);
        Assert.Equal(("failed", "5.1.1", "dns; mx.remote.test"), (status[1]["Action"], status[1]["Status"], status[1]["Remote-MTA"]));
        Assert.StartsWith("smtp; 550 5.1.1", status[1]["Diagnostic-Code"]);
        Assert.Contains("Subject: hello", text);
        Assert.Equal("auto-replied", report.Headers["Auto-Submitted"]);
        await WaitForEmptyQueueAsync(server);
    }

    // A name that the libraries write otherwise than we do must not make a refused recipient look like one that was served.
    [Theory]
    [InlineData("xn--bcher-kva.test", "nobody@b\u00fccher.test", "bob@b\u00fccher.test")]
    [InlineData("remote.test", "nobody@remote.test", "Nobody@remote.test")]
    public async Task Every_refused_recipient_is_reported(string domain, params string[] recipients)
    {
        await using var remote = await MailServer.StartAsync(domain, work: false);
        await using var server = await MailServer.StartAsync(
            engine: engine, queue: To(remote), exchangers: new FakeExchangers { [domain] = new ExchangerResult(ExchangerStatus.Found, ["mx.remote.test"]) });
        await server.SubmitAsync(Alice, recipients);
        var report = Assert.Single(await server.WaitForInboxAsync(Alice, 1));
        foreach (var refused in recipients.Where(recipient => recipient.StartsWith("nobody", StringComparison.OrdinalIgnoreCase)))
            Assert.Contains($"Final-Recipient: rfc822; {refused[..refused.IndexOf('@')]}@{domain}", report);
        await WaitForEmptyQueueAsync(server);
        Assert.Equal(recipients.Count(recipient => recipient.StartsWith("bob", StringComparison.Ordinal)), (await remote.InboxAsync($"bob@{domain}")).Count);
    }

    // The other server has the message: whatever happens to the farewell, it must not get it again.
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_server_that_never_says_good_bye_is_not_waited_for_and_not_sent_to_again(bool stopped)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var server = await MailServer.StartAsync(
            engine: engine, queue: new QueueOptions { RemotePort = ((IPEndPoint)listener.LocalEndpoint).Port }, exchangers: Found());
        await server.SubmitAsync(Alice, RemoteBob);
        using var remote = await listener.AcceptTcpClientAsync().WaitAsync(MailServer.Guard);
        await AnswerUntilQuitAsync(remote.GetStream()).WaitAsync(MailServer.Guard);
        if (!stopped)
        {
            await WaitForEmptyQueueAsync(server);
            return;
        }
        await server.Queue.StopAsync().WaitAsync(MailServer.Guard);
        Assert.Empty(await server.QueueAdmin.ListAsync());
    }

    // MailKit would name the first alone.
    [Fact]
    public async Task Recipients_that_differ_in_their_case_alone_are_each_sent_to()
    {
        await using var remote = await RemoteAsync();
        await using var server = await MailServer.StartAsync(
            engine: engine, queue: To(remote) with { RetryAfter = [TimeSpan.FromMilliseconds(1)] }, exchangers: Found());
        await server.SubmitAsync(Alice, RemoteBob, "Bob@remote.test");
        Assert.Equal(2, (await remote.WaitForInboxAsync(RemoteBob, 2)).Count);
        await WaitForEmptyQueueAsync(server);
    }

    // A server that takes everything and never says good-bye.
    private static async Task AnswerUntilQuitAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        await using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 mx.remote.test");
        var inData = false;
        while (await reader.ReadLineAsync() is { } line and not "QUIT")
        {
            if (inData && line != ".")
                continue;
            inData = line == "DATA";
            await writer.WriteLineAsync(inData ? "354 go ahead" : "250 fine");
        }
    }

    [Fact]
    public async Task A_report_that_fails_is_not_reported()
    {
        await using var remote = await RemoteAsync();
        await using var server = await MailServer.StartAsync(engine: engine, queue: To(remote), exchangers: Found());
        await server.SubmitAsync("", "nobody@remote.test");
        await WaitForEmptyQueueAsync(server);
        Assert.Empty(await server.InboxAsync(Alice));
    }

    [Theory]
    [InlineData(ExchangerStatus.NullMx, "5.1.10")]
    [InlineData(ExchangerStatus.NoSuchDomain, "5.1.2")]
    public async Task What_dns_rules_out_is_reported_at_once(ExchangerStatus found, string status)
    {
        await using var server = await MailServer.StartAsync(engine: engine, exchangers: Exchangers(new ExchangerResult(found, [], "because")));
        await server.SubmitAsync(Alice, RemoteBob);
        Assert.Contains($"Status: {status}", Assert.Single(await server.WaitForInboxAsync(Alice, 1)));
    }

    [Fact]
    public async Task Mail_that_leads_back_to_us_is_a_loop()
    {
        await using var server = await MailServer.StartAsync(engine: engine, exchangers: Exchangers(new ExchangerResult(ExchangerStatus.Found, ["MX.example.test"])));
        await server.SubmitAsync(Alice, RemoteBob);
        Assert.Contains("Status: 5.4.6", Assert.Single(await server.WaitForInboxAsync(Alice, 1)));
    }

    [Fact]
    public async Task Without_dns_mail_waits_is_tried_at_growing_intervals_and_goes_when_it_can()
    {
        var time = new FakeTimeProvider(Now);
        await using var remote = await RemoteAsync();
        await using var server = await MailServer.StartAsync(engine: engine, queue: To(remote), time: time);
        await server.SubmitAsync(Alice, RemoteBob);
        var first = await WaitForAttemptAsync(server, 1);
        Assert.Equal(TimeSpan.FromMinutes(1), first.NextAttempt - Now);
        Assert.Equal("4.4.3 DNS did not answer", first.LastStatus);
        var second = await WithTimePassingAsync(time, TimeSpan.FromSeconds(20), WaitForAttemptAsync(server, 2));
        Assert.True(second.NextAttempt >= first.NextAttempt + TimeSpan.FromMinutes(5));

        server.Exchangers["remote.test"] = new ExchangerResult(ExchangerStatus.Found, ["mx.remote.test"]);
        await RetryAsync(server);
        await remote.WaitForInboxAsync(RemoteBob, 1);
        await WaitForEmptyQueueAsync(server);
    }

    [Fact]
    public async Task What_can_not_be_delivered_for_days_is_reported()
    {
        var time = new FakeTimeProvider(Now);
        await using var server = await MailServer.StartAsync(engine: engine, time: time);
        await server.SubmitAsync(Alice, RemoteBob);
        await WaitForAttemptAsync(server, 1);
        time.Advance(TimeSpan.FromDays(5));
        // In small steps from here on: a claim that runs out amid the last attempt is taken again, and reported again.
        var report = Assert.Single(await WithTimePassingAsync(time, TimeSpan.FromSeconds(1), server.WaitForInboxAsync(Alice, 1)));
        Assert.Contains("Status: 4.4.7", report);
        await WaitForEmptyQueueAsync(server);
    }

    [Fact]
    public async Task The_queue_survives_the_process()
    {
        await using var remote = await RemoteAsync();
        await using var home = await DatabaseHome.CreateAsync(engine);
        string queueId;
        await using (var before = await MailServer.StartAsync(home: home, work: false))
        {
            queueId = (await before.SubmitAsync(Alice, RemoteBob)).QueueId;
            // As if the process had died in the middle of an attempt.
            await before.Database.WriteAsync(session => session.ExecuteAsync(
                "UPDATE delivery_recipient SET claimed_by = 'main', due = @p0", DateTimeOffset.UtcNow.AddHours(1)));
        }
        await using var after = await MailServer.StartAsync(home: home, queue: To(remote), exchangers: Found(), work: false);
        Assert.Equal(queueId, Assert.Single(await after.QueueAdmin.ListAsync()).QueueId);
        await after.Queue.StartAsync();
        await remote.WaitForInboxAsync(RemoteBob, 1);
        await WaitForEmptyQueueAsync(after);
    }

    [Fact]
    public async Task A_smart_host_gets_everything()
    {
        await using var relay = await RemoteAsync();
        var options = new QueueOptions
        {
            SmartHost = new SmartHost("relay.test", relay.Smtp.SubmissionEndPoints[0].Port, SmartHostTls.None, RemoteBob, MailServer.Password),
        };
        await using var server = await MailServer.StartAsync(engine: engine, queue: options);
        await server.SubmitAsync(RemoteBob, "alice@remote.test");
        Assert.Contains("with ESMTPA id", Assert.Single(await relay.WaitForInboxAsync("alice@remote.test", 1)));
    }

    [Fact]
    public async Task An_administrator_sees_and_drops_messages()
    {
        await using var server = await MailServer.StartAsync(engine: engine, work: false);
        var queueId = (await server.SubmitAsync(Alice, RemoteBob)).QueueId;
        Assert.Equal(RemoteBob, Assert.Single((await server.QueueAdmin.FindAsync(queueId))!.Recipients).Address);
        await using (var content = await server.QueueAdmin.OpenAsync(queueId))
            Assert.StartsWith("From: <alice@example.test>", await new StreamReader(content!).ReadToEndAsync());
        Assert.True(await server.QueueAdmin.DropAsync(queueId));
        Assert.False(await server.QueueAdmin.DropAsync(queueId));
        Assert.Null(await server.QueueAdmin.FindAsync(queueId));
        Assert.Equal(0, (await server.Store.FindFolderAsync(long.MaxValue, "INBOX"))!.Exists);
    }
}

public sealed class SqliteQueueWorkerTests() : QueueWorkerTests(Engine.Sqlite);

public sealed class PostgreSqlQueueWorkerTests() : QueueWorkerTests(Engine.PostgreSql);
