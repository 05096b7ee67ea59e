using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class FetchTests
{
    private const string Message = """
        From: Alice Example <alice@example.test>
        To: bob@example.test
        Subject: A "quoted" subject
        Date: Mon, 2 Mar 2026 10:00:00 +0100
        Message-ID: <m1@example.test>
        Content-Type: multipart/mixed; boundary="b"

        --b
        Content-Type: text/plain; charset=utf-8

        Hello
        --b
        Content-Type: message/rfc822

        Subject: inside
        Content-Type: multipart/alternative; boundary=i

        --i

        inner one
        --i
        Content-Type: text/html
        Content-Transfer-Encoding: base64

        PGI+eDwvYj4=
        --i--
        --b--

        """;

    [Fact]
    public async Task EnvelopeAndStructure()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync(Message, date: new DateTimeOffset(2026, 3, 2, 9, 5, 4, TimeSpan.FromHours(-3)));
        await using var client = await server.SelectAsync();
        Assert.Equal(
            "* 1 FETCH (ENVELOPE (\"Mon, 2 Mar 2026 10:00:00 +0100\" \"A \\\"quoted\\\" subject\" ((\"Alice Example\" NIL \"alice\" \"example.test\")) "
            + "((\"Alice Example\" NIL \"alice\" \"example.test\")) ((\"Alice Example\" NIL \"alice\" \"example.test\")) "
            + "((NIL NIL \"bob\" \"example.test\")) NIL NIL NIL \"<m1@example.test>\"))",
            (await client.OkAsync("FETCH 1 ENVELOPE"))[0]);
        Assert.Equal(
            "* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 0 NIL NIL NIL NIL)"
            + "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 172 (NIL \"inside\" NIL NIL NIL NIL NIL NIL NIL NIL) "
            + "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 9 0 NIL NIL NIL NIL)(\"text\" \"html\" NIL NIL NIL \"base64\" 12 0 NIL NIL NIL NIL) "
            + "\"alternative\" (\"boundary\" \"i\") NIL NIL NIL) 11 NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL NIL NIL))",
            (await client.OkAsync("FETCH 1 BODYSTRUCTURE"))[0]);
        Assert.Equal(
            "* 1 FETCH (UID 1 INTERNALDATE \" 2-Mar-2026 12:05:04 +0000\" RFC822.SIZE " + Message.ReplaceLineEndings("\r\n").Length + ")",
            (await client.OkAsync("UID FETCH 1 (INTERNALDATE RFC822.SIZE)"))[0]);
    }

    [Theory]
    [InlineData("BODY.PEEK[1]", "BODY[1] {5}\r\nHello")]
    [InlineData("BODY.PEEK[1.MIME]", "BODY[1.MIME] {43}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")]
    [InlineData("BODY.PEEK[2.1]", "BODY[2.1] {9}\r\ninner one")]
    [InlineData("BODY.PEEK[2.HEADER.FIELDS (SUBJECT)]", "BODY[2.HEADER.FIELDS (SUBJECT)] {19}\r\nSubject: inside\r\n\r\n")]
    [InlineData("BODY.PEEK[HEADER.FIELDS (To \"Subject\")]", "BODY[HEADER.FIELDS (To Subject)] {53}\r\nTo: bob@example.test\r\nSubject: A \"quoted\" subject\r\n\r\n")]
    [InlineData("BODY.PEEK[9]", "BODY[9] NIL")]
    [InlineData("BODY.PEEK[]<6.5>", "BODY[]<6> {5}\r\nAlice")]
    [InlineData("BODY.PEEK[]<99999.5>", "BODY[]<99999> {0}\r\n")]
    [InlineData("BINARY.PEEK[2.2]", "BINARY[2.2] ~{8}\r\n<b>x</b>")]
    [InlineData("BINARY.SIZE[2.2]", "BINARY.SIZE[2.2] 8")]
    [InlineData("PREVIEW", "PREVIEW \"Hello\"")]
    public async Task Sections(string item, string expected)
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync(Message);
        await using var client = await server.SelectAsync();
        Assert.Equal($"* 1 FETCH ({expected})", (await client.OkAsync($"FETCH 1 {item}"))[0]);
        Assert.Equal("* 1 FETCH (FLAGS ())", (await client.OkAsync("FETCH 1 (FLAGS)"))[0]);
    }

    [Fact]
    public async Task ReadingSetsSeenAndSaysSo()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: s\n\ntext");
        await using var client = await server.SelectAsync();
        var responses = await client.OkAsync("FETCH 1 BODY[TEXT]");
        Assert.Equal(["* 1 FETCH (BODY[TEXT] {4}\r\ntext FLAGS (\\Seen))"], responses);
        Assert.Equal(["* 1 FETCH (RFC822 {18}\r\nSubject: s\r\n\r\ntext)"], await client.OkAsync("FETCH 1 RFC822"));
        Assert.Empty(await client.OkAsync("NOOP"));
    }

    [Fact]
    public async Task RangesAndMacros()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 5; i++) await server.DeliverAsync($"Subject: {i}\n\nx");
        await using var client = await server.SelectAsync();
        Assert.Equal(5, (await client.OkAsync("FETCH 1:* FAST")).Count);
        Assert.Equal(["* 5 FETCH (UID 5)"], await client.OkAsync("FETCH * UID"));
        Assert.Equal(["* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)", "* 5 FETCH (UID 5)"], await client.OkAsync("UID FETCH 5,3:2,77 UID"));
        Assert.Equal(["* 5 FETCH (UID 5)"], await client.OkAsync("UID FETCH 77:* UID"));
        Assert.StartsWith("BAD", await client.ReplyAsync("FETCH 6 UID"));
        Assert.StartsWith("BAD", await client.ReplyAsync("FETCH 0 UID"));
        Assert.StartsWith("BAD", await client.ReplyAsync("FETCH 1 NONSENSE"));
        Assert.StartsWith("BAD", await client.ReplyAsync("FETCH 1 (UID"));
    }

    [Fact]
    public async Task ALargeBodyComesWhole()
    {
        await using var server = await ImapHarness.StartAsync();
        var body = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:D8}\n"));
        await server.DeliverAsync("Subject: large\n\n" + body);
        await using var client = await server.SelectAsync();
        var response = (await client.OkAsync("FETCH 1 BODY.PEEK[TEXT]"))[0];
        Assert.Equal($"* 1 FETCH (BODY[TEXT] {{600000}}\r\n{body.ReplaceLineEndings("\r\n")})", response);
    }

    [Fact]
    public async Task NonAsciiStringsAreLiteralsUntilUtf8IsEnabled()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: Grüße\n\nx", ItemFlags.Seen);
        await using var client = await server.SelectAsync();
        Assert.Contains("{7}\r\nGrüße ", (await client.OkAsync("FETCH 1 ENVELOPE"))[0]);
        await client.OkAsync("ENABLE UTF8=ACCEPT");
        Assert.Contains("\"Grüße\" ", (await client.OkAsync("FETCH 1 ENVELOPE"))[0]);
    }

    // Our disk's fault is told to the administrator, and does not look to the client like a lost connection.
    [Fact]
    public async Task AContentThatIsMissingIsAFaultThatIsLogged()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync($"Subject: large\n\n{new string('x', 100_000)}");
        await server.DeliverAsync("Subject: small\n\nx");
        foreach (var blob in Directory.GetDirectories(Path.Combine(server.Folder, "blobs")).SelectMany(Directory.GetFiles)) File.Delete(blob);
        await using var client = await server.SelectAsync();
        Assert.StartsWith("NO [CORRUPTION]", await client.ReplyAsync("FETCH 1 BODY.PEEK[]"));
        Assert.Contains("Subject: small", Assert.Single(await client.OkAsync("FETCH 2 BODY.PEEK[]")));
        Assert.True(server.TryTakeFault(out var fault));
        Assert.Contains("store check", fault);
    }
}
