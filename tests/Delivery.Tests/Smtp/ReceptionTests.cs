using System.Text;

namespace UnifiedMsg.Delivery.Tests.Smtp;

public sealed class ReceptionTests : IAsyncLifetime
{
    private const string Bob = "bob@example.test";
    private MailServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await MailServer.StartAsync(work: false, configure: options => options with { MaxMessageSize = 100_000, MaxRecipients = 3, MaxErrors = 5 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<SmtpScript> ConnectAsync() => SmtpScript.ConnectAsync(_server.Smtp.ReceptionEndPoints[0]);

    private static async Task<SmtpScript> BeginAsync(Task<SmtpScript> connect)
    {
        var client = await connect;
        await client.RunAsync("EHLO client.test", "250 ", "MAIL FROM:<carol@remote.test>", "250 2.1.0", $"RCPT TO:<{Bob}>", "250 2.1.5");
        return client;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_arrives_octet_for_octet_below_its_trace(bool trickle)
    {
        const string message = "From: Carol <carol@remote.test>\r\nSubject: dots\r\n\r\n.leading\r\n..two\r\n.\u00e9\r\nend\r\n";
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ");
        var stuffed = message.Replace("\r\n.", "\r\n..") + ".\r\n";
        await (trickle ? client.TrickleAsync(stuffed) : client.SendAsync(stuffed));
        await client.ExpectAsync("250 2.0.0");
        await client.RunAsync("QUIT", "221 2.0.0");
        await client.ExpectEndAsync();

        var received = Assert.Single(await _server.InboxAsync(Bob));
        Assert.StartsWith("Return-Path: <carol@remote.test>\r\nReceived: from client.test ([127.0.0.1])\r\n\tby mx.example.test with ESMTP id ", received);
        Assert.Contains($"\r\n\tfor <{Bob}>;", received);
        Assert.EndsWith("+0000\r\n" + message, received);
    }

    [Fact]
    public async Task Commands_that_come_together_are_answered_in_order()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync($"EHLO client.test\r\nMAIL FROM:<>\r\nRCPT TO:<{Bob}>\r\nRCPT TO:<nobody@example.test>\r\nDATA\r\n");
        var hello = await client.ExpectAsync("250 ");
        foreach (var keyword in new[] { "PIPELINING", "SIZE 100000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", "STARTTLS" })
            Assert.Contains(keyword, hello);
        Assert.DoesNotContain("AUTH", hello);
        await client.ExpectAsync("250 2.1.0");
        await client.ExpectAsync("250 2.1.5");
        await client.ExpectAsync("550 5.1.1");
        await client.ExpectAsync("354 ");
        await client.SendAsync("\r\nhi\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n");
        await client.ExpectAsync("250 2.0.0");
        await client.ExpectAsync("250 2.1.0");
        await client.ExpectAsync("221 ");
        Assert.Single(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task Mail_for_other_domains_is_not_relayed()
    {
        await using var client = await ConnectAsync();
        await client.RunAsync("EHLO client.test", "250 ", "MAIL FROM:<alice@example.test>", "250 ",
            "RCPT TO:<carol@remote.test>", "550 5.7.1", "DATA", "554 5.5.1", "AUTH PLAIN", "502 ");
    }

    [Theory]
    [InlineData("MAIL FROM:<carol@remote.test>", "503 5.5.1")]
    [InlineData("DATA", "503 5.5.1")]
    [InlineData("EHLO", "501 ")]
    [InlineData("EHLO a b", "501 ")]
    [InlineData("FOO", "500 5.5.1")]
    [InlineData("", "500 5.5.1")]
    [InlineData("VRFY bob", "252 ")]
    [InlineData("HELP", "214 ")]
    [InlineData("NOOP whatever", "250 ")]
    [InlineData("RSET", "250 ")]
    [InlineData("RSET x", "501 ")]
    [InlineData("helo pc", "250 mx.example.test")]
    public async Task Before_hello(string line, string reply)
    {
        await using var client = await ConnectAsync();
        await client.RunAsync(line, reply);
    }

    [Theory]
    [InlineData("MAIL FROM:carol@remote.test", "501 5.1.7")]
    [InlineData("MAIL TO:<carol@remote.test>", "501 5.5.4")]
    [InlineData("MAIL FROM:<carol@remote.test> SIZE=99999", "250 ")]
    [InlineData("MAIL FROM:<carol@remote.test> SIZE=100001", "552 5.3.4")]
    [InlineData("MAIL FROM:<carol@remote.test> SIZE=x", "501 ")]
    [InlineData("MAIL FROM:<carol@remote.test> BODY=8BITMIME SMTPUTF8", "250 ")]
    [InlineData("MAIL FROM:<carol@remote.test> BODY=BINARYMIME", "555 ")]
    [InlineData("MAIL FROM:<carol@remote.test> FOO=bar", "555 ")]
    [InlineData("MAIL FROM:<jörg@remote.test>", "553 5.6.7")]
    [InlineData("MAIL FROM:<jörg@remote.test> SMTPUTF8", "250 ")]
    [InlineData("RCPT TO:<bob@example.test>", "503 ")]
    [InlineData("BDAT 0", "503 ")]
    [InlineData("BDAT", "501 ")]
    [InlineData("BDAT 100001", "552 ")]
    public async Task After_hello(string line, string reply)
    {
        await using var client = await ConnectAsync();
        await client.RunAsync("EHLO client.test", "250 ", line, reply);
    }

    [Fact]
    public async Task Too_many_recipients_are_put_off_and_the_rest_go_through()
    {
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync($"RCPT TO:<{Bob}>", "250 ", "RCPT TO:<alice@example.test>", "250 ", $"RCPT TO:<{Bob}>", "452 4.5.3",
            "DATA", "354 ", "\r\nhi\r\n.", "250 ");
        Assert.Single(await _server.InboxAsync(Bob));
        // Nobody learns of the other recipients from the trace.
        Assert.DoesNotContain("for <", Assert.Single(await _server.InboxAsync("alice@example.test")));
    }

    [Fact]
    public async Task A_message_over_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ");
        await client.SendAsync("Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 1001)) + ".\r\n");
        await client.ExpectAsync("552 5.3.4");
        await client.RunAsync("NOOP", "250 ");
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Theory]
    [InlineData("a\n.\nMAIL FROM:<mallory@remote.test>")]
    [InlineData("a\r\n.\nMAIL FROM:<mallory@remote.test>")]
    [InlineData("a\n.\r\nMAIL FROM:<mallory@remote.test>")]
    [InlineData("a\r.\rMAIL FROM:<mallory@remote.test>")]
    public async Task Nothing_is_smuggled_behind_a_false_end(string body)
    {
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ");
        await client.SendAsync($"Subject: x\r\n\r\n{body}\r\n.\r\nNOOP\r\n");
        await client.ExpectAsync("550 5.6.0");
        await client.ExpectAsync("250 2.0.0 OK");
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task A_message_that_goes_round_in_circles_is_refused()
    {
        var hops = string.Concat(Enumerable.Repeat("Received: from a by b\r\n", 101));
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ", hops + "\r\nhi\r\n.", "554 5.4.6", "NOOP", "250 ");
    }

    [Fact]
    public async Task A_foreign_return_path_is_replaced_and_a_missing_blank_line_is_mended()
    {
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ", "Return-Path: <forged@remote.test>\r\nSubject: x\r\nno field here\r\n.", "250 ");
        var received = Assert.Single(await _server.InboxAsync(Bob));
        Assert.DoesNotContain("forged", received);
        Assert.EndsWith("Subject: x\r\n\r\nno field here\r\n", received);
    }

    [Fact]
    public async Task Chunks_make_one_message()
    {
        const string message = "Subject: chunks\r\n\r\n.\r\nhi\r\n";
        await using var client = await BeginAsync(ConnectAsync());
        await client.SendAsync($"BDAT 10\r\n{message[..10]}BDAT {message.Length - 10}\r\n{message[10..]}BDAT 0 LAST\r\n");
        await client.ExpectAsync("250 2.0.0 10 octets");
        await client.ExpectAsync("250 2.0.0");
        await client.ExpectAsync("250 2.0.0 Accepted");
        Assert.EndsWith("+0000\r\n" + message, Assert.Single(await _server.InboxAsync(Bob)));
    }

    [Fact]
    public async Task Chunks_over_the_limit_are_refused_and_reset_gives_them_up()
    {
        await using var client = await BeginAsync(ConnectAsync());
        var chunk = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 800));
        await client.SendAsync($"BDAT {chunk.Length}\r\n{chunk}BDAT {chunk.Length}\r\n{chunk}BDAT 3 LAST\r\nx\r\n");
        await client.ExpectAsync("250 ");
        await client.ExpectAsync("250 ");
        await client.ExpectAsync("552 5.3.4");
        await client.RunAsync("MAIL FROM:<>", "250 ", $"RCPT TO:<{Bob}>", "250 ", "BDAT 7\r\nhello", "250 ", "DATA", "503 ", "RSET", "250 ",
            "BDAT 7 LAST\r\nQUIT!", "503 ", "NOOP", "250 ");
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task Who_only_makes_errors_is_hung_up_on()
    {
        await using var client = await ConnectAsync();
        await client.RunAsync("A", "500 ", "B", "500 ", "C", "500 ", "D", "500 ", "E", "421 4.7.0");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_line_over_the_limit_is_one_error()
    {
        await using var client = await ConnectAsync();
        await client.RunAsync("NOOP " + new string('x', 20_000), "500 5.5.6", "NOOP", "250 ");
    }

    [Fact]
    public async Task Tls_starts_a_new_session()
    {
        await using var client = await BeginAsync(ConnectAsync());
        await client.StartTlsAsync();
        await client.RunAsync("MAIL FROM:<>", "503 ");
        await client.SendAsync("EHLO client.test\r\n");
        Assert.DoesNotContain("STARTTLS", await client.ExpectAsync("250 "));
        await client.RunAsync("MAIL FROM:<>", "250 ", $"RCPT TO:<{Bob}>", "250 ", "DATA", "354 ", "\r\nhi\r\n.", "250 ", "STARTTLS", "503 ");
        Assert.Contains("with ESMTPS id", Assert.Single(await _server.InboxAsync(Bob)));
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_leaves_nothing()
    {
        await using (var client = await BeginAsync(ConnectAsync()))
        {
            await client.RunAsync("DATA", "354 ");
            await client.SendAsync("Subject: half\r\n\r\nhalf");
        }
        await using var other = await BeginAsync(ConnectAsync());
        await other.RunAsync("DATA", "354 ", "\r\nwhole\r\n.", "250 ");
        Assert.DoesNotContain("half", Assert.Single(await _server.InboxAsync(Bob)));
    }

    [Fact]
    public async Task A_server_that_stops_says_so()
    {
        await using var client = await ConnectAsync();
        await client.RunAsync("EHLO client.test", "250 ");
        await _server.Smtp.StopAsync(MailServer.Guard);
        await client.ExpectAsync("421 4.3.2");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_the_disk_does_not_take_is_put_off(bool chunked)
    {
        Directory.Delete(Path.Combine(_server.Folder, "blobs", "tmp"));
        var message = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat("large\r\n", 12_000));
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync(chunked ? $"BDAT {message.Length} LAST\r\n{message[..^2]}" : $"DATA", chunked ? "451 4.3.0" : "354 ");
        if (!chunked)
            await client.RunAsync(message + ".", "451 4.3.0");
        await client.ExpectEndAsync();
        Assert.Empty(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task Large_messages_come_whole()
    {
        var body = new StringBuilder("Subject: large\r\n\r\n");
        for (var i = 0; body.Length < 90_000; i++)
            body.Append($"line {i} {new string('y', i % 70)}\r\n");
        await using var client = await BeginAsync(ConnectAsync());
        await client.RunAsync("DATA", "354 ");
        await client.SendAsync(body + ".\r\n");
        await client.ExpectAsync("250 ");
        Assert.EndsWith(body.ToString(), Assert.Single(await _server.InboxAsync(Bob)));
    }
}
