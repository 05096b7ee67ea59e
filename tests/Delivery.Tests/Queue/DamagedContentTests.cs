using UnifiedMsg.Delivery.Queue;

namespace UnifiedMsg.Delivery.Tests.Queue;

public class DamagedContentTests
{
    private const string RemoteBob = "bob@remote.test";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_can_not_be_read_stays_and_no_half_of_it_is_sent(bool isMissing)
    {
        await using var remote = await MailServer.StartAsync("remote.test", work: false);
        await using var server = await MailServer.StartAsync(
            queue: new QueueOptions { RemotePort = remote.Smtp.ReceptionEndPoints[0].Port }, work: false,
            exchangers: new FakeExchangers { ["remote.test"] = new ExchangerResult(ExchangerStatus.Found, ["mx.remote.test"]) });
        // Random letters, so that the second half of the file is the second half of the message.
        var random = new Random(1);
        var body = string.Concat(Enumerable.Range(0, 5_000).Select(_ => $"{random.NextInt64():x16}{random.NextInt64():x16}\r\n"));
        await using (var content = await server.StageAsync($"From: <alice@example.test>\r\nSubject: large\r\n\r\n{body}"))
            await server.Submission.SubmitAsync(new Submission("alice@example.test", [RemoteBob], content));
        var blob = Assert.Single(Directory.GetDirectories(Path.Combine(server.Folder, "blobs")).SelectMany(Directory.GetFiles));
        var whole = await File.ReadAllBytesAsync(blob);
        if (isMissing)
        {
            File.Delete(blob);
        }
        else
        {
            byte[] damaged = [.. whole];
            damaged[whole.Length * 3 / 4] ^= 1;
            await File.WriteAllBytesAsync(blob, damaged);
        }

        await server.Queue.StartAsync();
        using var guard = new CancellationTokenSource(MailServer.Guard);
        QueueEntryRecipient recipient;
        do
        {
            await Task.Yield();
            recipient = Assert.Single(Assert.Single(await server.QueueAdmin.ListAsync(guard.Token)).Recipients);
        }
        while (recipient.IsUnderWay || recipient.Attempts == 0);
        Assert.Equal(1, recipient.Attempts);
        Assert.Empty(await remote.InboxAsync(RemoteBob));

        // The administrator brings the file back, and the message goes out as it was.
        await File.WriteAllBytesAsync(blob, whole);
        await server.QueueAdmin.RetryAsync(null, guard.Token);
        Assert.EndsWith(body, Assert.Single(await remote.WaitForInboxAsync(RemoteBob, 1)));
    }
}
