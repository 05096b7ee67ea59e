namespace UnifiedMsg.Delivery.Tests.Smtp;

public class LmtpTests
{
    // Refuses one recipient as a store refuses a full mailbox, and passes the rest on.
    private sealed class FullMailbox(ISubmission inner, string address) : ISubmission
    {
        public Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
            submission.Recipients.Contains(address)
                ? Task.FromException<SubmitResult>(new SubmissionException(552, "5.2.2", "The mailbox is full", address))
                : inner.SubmitAsync(submission, cancellationToken);
    }

    [Fact]
    public async Task Each_recipient_has_a_reply()
    {
        await using var server = await MailServer.StartAsync(work: false, submit: inner => new FullMailbox(inner, "alice@example.test"));
        await using var client = await SmtpScript.ConnectAsync(server.Smtp.LmtpEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "502 ", "LHLO relay.test", "250 ", "MAIL FROM:<carol@remote.test>", "250 ",
            "RCPT TO:<alice@example.test>", "250 ", "RCPT TO:<nobody@example.test>", "550 5.1.1", "RCPT TO:<carol@remote.test>", "550 5.7.1",
            "RCPT TO:<bob@example.test>", "250 ", "DATA", "354 ", "\r\nhi\r\n.", "552 5.2.2");
        await client.ExpectAsync("250 2.0.0");
        await client.RunAsync("QUIT", "221 ");
        Assert.Contains("with LMTP id", Assert.Single(await server.InboxAsync("bob@example.test")));
    }

    [Fact]
    public async Task A_refused_message_is_refused_for_each()
    {
        await using var server = await MailServer.StartAsync(work: false);
        await using var client = await SmtpScript.ConnectAsync(server.Smtp.LmtpEndPoints[0]);
        await client.RunAsync("LHLO relay.test", "250 ", "MAIL FROM:<>", "250 ", "RCPT TO:<alice@example.test>", "250 ",
            "RCPT TO:<bob@example.test>", "250 ", "DATA", "354 ", "a\nb\r\n.", "550 5.6.0");
        await client.ExpectAsync("550 5.6.0");
        await client.RunAsync("NOOP", "250 ");
    }

    [Fact]
    public async Task Over_smtp_a_full_mailbox_does_not_cost_the_others_theirs_and_the_sender_is_told()
    {
        await using var server = await MailServer.StartAsync(work: false, submit: inner => new FullMailbox(inner, "bob+full@example.test"));
        await using var client = await SmtpScript.ConnectAsync(server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<alice@example.test>", "250 ", "RCPT TO:<bob+full@example.test>", "250 ",
            "RCPT TO:<bob@example.test>", "250 ", "DATA", "354 ", "Subject: to both\r\n\r\nhi\r\n.", "250 2.0.0");
        Assert.Single(await server.InboxAsync("bob@example.test"));
        var report = Assert.Single(await server.InboxAsync("alice@example.test"));
        Assert.Contains("Final-Recipient: rfc822; bob+full@example.test", report);
        Assert.Contains("Status: 5.2.2", report);
        Assert.Contains("Subject: to both", report);
    }

    [Fact]
    public async Task A_recipient_that_is_the_only_one_and_full_is_refused()
    {
        await using var server = await MailServer.StartAsync(work: false, submit: inner => new FullMailbox(inner, "bob@example.test"));
        await using var client = await SmtpScript.ConnectAsync(server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<alice@example.test>", "250 ", "RCPT TO:<bob@example.test>", "250 ",
            "DATA", "354 ", "\r\nhi\r\n.", "552 5.2.2");
        Assert.Empty(await server.InboxAsync("alice@example.test"));
    }
}
