namespace UnifiedMsg.Delivery.Tests.Smtp;

public sealed class StopTests
{
    // Keeps the answer back once the message is stored.
    private sealed class SlowSubmission(ISubmission inner, TaskCompletionSource stored, Task goOn) : ISubmission
    {
        public async Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
        {
            var result = await inner.SubmitAsync(submission, cancellationToken);
            stored.SetResult();
            await goOn;
            return result;
        }
    }

    // A client that hears nothing of a message that was kept sends it again.
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "NOOP\r\nNOOP\r\n")]
    public async Task A_message_that_is_stored_while_the_server_stops_is_answered(bool tls, string pipelined)
    {
        TaskCompletionSource stored = new(), goOn = new();
        await using var server = await MailServer.StartAsync(work: false, submit: inner => new SlowSubmission(inner, stored, goOn.Task));
        await using var idle = await SmtpScript.ConnectAsync(server.Smtp.ReceptionEndPoints[0]);
        await using var client = await SmtpScript.ConnectAsync(server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO client.test", "250 ");
        if (tls)
        {
            await client.StartTlsAsync();
            await client.RunAsync("EHLO client.test", "250 ");
        }
        await client.RunAsync("MAIL FROM:<carol@remote.test>", "250 ", "RCPT TO:<bob@example.test>", "250 ", "DATA", "354 ");
        await client.SendAsync("Subject: once\r\n\r\nonce\r\n.\r\n" + pipelined);
        await stored.Task.WaitAsync(MailServer.Guard);

        var stop = server.Smtp.StopAsync(MailServer.Guard);
        await idle.ExpectAsync("421 4.3.2");
        goOn.SetResult();
        await client.ExpectAsync("250 2.0.0");
        await client.ExpectAsync("421 4.3.2");
        await client.ExpectEndAsync();
        await stop;
        Assert.Single(await server.InboxAsync("bob@example.test"));
    }
}
