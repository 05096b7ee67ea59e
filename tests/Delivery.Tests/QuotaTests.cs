using UnifiedMsg.Delivery.Tests.Smtp;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Tests;

public sealed class QuotaTests : IAsyncLifetime
{
    private const string Alice = "alice@example.test";
    private const string Bob = "bob@example.test";

    // Over the limits of size here, in lines that a mail server takes.
    private static readonly string TooLarge = $"\r\n{string.Concat(Enumerable.Repeat(new string('z', 90) + "\r\n", 30))}.";

    private MailServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MailServer.StartAsync(work: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_full_mailbox_is_refused_for_now_before_the_message_is_sent()
    {
        await LimitAsync(Bob, maxItems: 1);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<carol@remote.test>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", "Subject: one\r\n\r\nhi\r\n.", "250 2.0.0",
            "MAIL FROM:<carol@remote.test>", "250 ", $"RCPT TO:<{Bob}>", "452 4.2.2", $"RCPT TO:<{Alice}>", "250 ",
            "DATA", "354 ", "Subject: two\r\n\r\nhi\r\n.", "250 2.0.0");
        Assert.Single(await _server.InboxAsync(Bob));
        Assert.Single(await _server.InboxAsync(Alice));
    }

    [Fact]
    public async Task A_declared_size_is_refused_for_now_or_for_good()
    {
        await LimitAsync(Bob, maxSize: 5000);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<> SIZE=5001", "250 ", $"RCPT TO:<{Bob}>", "552 5.2.2", "RSET", "250 ",
            "MAIL FROM:<> SIZE=4000", "250 ", $"RCPT TO:<{Bob}>", "250 ", "DATA", "354 ", $"\r\n{new string('x', 500)}\r\n.", "250 2.0.0",
            "MAIL FROM:<> SIZE=4900", "250 ", $"RCPT TO:<{Bob}>", "452 4.2.2", "RSET", "250 ",
            "MAIL FROM:<> SIZE=100", "250 ", $"RCPT TO:<{Bob}>", "250 ");
    }

    [Fact]
    public async Task A_message_that_says_no_size_is_refused_at_its_end()
    {
        await LimitAsync(Bob, maxSize: 2000);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", $"\r\n{new string('x', 900)}\r\n.", "250 2.0.0", "MAIL FROM:<>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", $"\r\n{new string('y', 990)}\r\n.", "452 4.2.2", "MAIL FROM:<>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", TooLarge, "552 5.2.2");
        Assert.Single(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task Over_lmtp_each_recipient_is_answered_for()
    {
        await LimitAsync(Bob, maxSize: 1000);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.LmtpEndPoints[0]);
        await client.RunAsync("LHLO relay.test", "250 ", "MAIL FROM:<carol@remote.test>", "250 ", $"RCPT TO:<{Bob}>", "250 ", $"RCPT TO:<{Alice}>", "250 ",
            "DATA", "354 ", TooLarge, "552 5.2.2");
        await client.ExpectAsync("250 2.0.0");
        Assert.Single(await _server.InboxAsync(Alice));
    }

    [Fact]
    public async Task A_group_gets_its_mail_though_one_member_is_full_and_the_sender_is_told_without_names()
    {
        await _server.Accounts.AddGroupAsync("all@example.test", [Alice, Bob]);
        await _server.SubmitAsync("carol@remote.test", Bob);
        await LimitAsync(Bob, maxItems: 1);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", $"MAIL FROM:<{Alice}>", "250 ", "RCPT TO:<all@example.test>", "250 ",
            "DATA", "354 ", "Subject: to all\r\n\r\nhi\r\n.", "250 2.0.0");
        Assert.Single(await _server.InboxAsync(Bob));
        var inbox = await _server.InboxAsync(Alice);
        Assert.Equal(2, inbox.Count);
        Assert.Contains("Final-Recipient: rfc822; all@example.test", inbox[1]);
        Assert.Contains("Status: 4.2.2", inbox[1]);
        Assert.DoesNotContain("bob@", inbox[1]);
        await LimitAsync(Alice, maxItems: 1);
        await client.RunAsync("MAIL FROM:<carol@remote.test>", "250 ", "RCPT TO:<all@example.test>", "452 4.2.2");
    }

    // Nobody could be told of the one that was left out.
    [Fact]
    public async Task What_has_no_sender_is_taken_for_all_or_for_none()
    {
        await LimitAsync(Bob, maxSize: 1000);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);
        await client.RunAsync("EHLO relay.test", "250 ", "MAIL FROM:<>", "250 ", $"RCPT TO:<{Alice}>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", TooLarge, "552 5.2.2");
        Assert.Empty(await _server.InboxAsync(Alice));
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task Who_is_named_beside_his_group_is_answered_for_by_name()
    {
        await _server.Accounts.AddGroupAsync("all@example.test", [Alice, Bob]);
        await LimitAsync(Bob, maxSize: 1000);
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.LmtpEndPoints[0]);
        await client.RunAsync("LHLO relay.test", "250 ", "MAIL FROM:<carol@remote.test>", "250 ", "RCPT TO:<all@example.test>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", TooLarge, "250 2.0.0");
        await client.ExpectAsync("552 5.2.2");
        Assert.Single(await _server.InboxAsync(Alice));
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task What_exists_nowhere_else_is_taken_over_the_limit()
    {
        await LimitAsync(Bob, maxItems: 0);
        await using var content = await _server.StageAsync("Subject: spoken\r\n\r\n");
        await _server.Submission.SubmitAsync(new Submission("", [Bob], content, ItemKind.VoiceMail));
        await _server.Submission.SubmitAsync(new Submission("", [Bob], content, ItemKind.MissedCall));
        Assert.Equal(2, (await _server.InboxAsync(Bob)).Count);
        var refusal = await Assert.ThrowsAsync<SubmissionException>(() => _server.Submission.SubmitAsync(new Submission("", [Bob], content)));
        Assert.Equal((552, "5.2.2", Bob), (refusal.ReplyCode, refusal.StatusCode, refusal.Recipient));
    }

    private async Task LimitAsync(string address, long? maxSize = null, long? maxItems = null)
    {
        var account = await _server.Accounts.FindByAddressAsync(address);
        await _server.Store.SetQuotaAsync(account!.Id, new QuotaLimits(maxSize, maxItems));
    }
}
