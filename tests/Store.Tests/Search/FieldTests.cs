using System.Text;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Search;

public abstract class FieldTests(Engine engine)
{
    private const string Mixed = """
        From: Alice Example <alice@example.test>
        To: =?iso-8859-1?Q?J=F6rg?= <joerg@example.test>
        Subject: The quarterly report
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=outer

        --outer
        Content-Type: text/html; charset=utf-8

        <html><head><style>hidden</style></head><body><p>Dear J&ouml;rg,</p><p>see the <b>annual</b> figures</p></body></html>
        --outer
        Content-Type: text/vtt
        Content-Disposition: attachment; filename="call me back.vtt"

        WEBVTT

        00:00.000 --> 00:02.000
        please bring the ladder
        --outer
        Content-Type: message/rfc822

        From: carol@example.test
        Subject: Umbrella

        An inner text.
        --outer
        Content-Type: application/octet-stream; name="=?utf-8?Q?r=C3=A4tsel.bin?="
        Content-Transfer-Encoding: base64

        aW52aXNpYmxl
        --outer--
        """;

    [Theory]
    [InlineData(SearchField.Body, "dear jörg", SearchMatch.Substring, true)]
    [InlineData(SearchField.Body, "hidden", SearchMatch.Substring, false)]
    [InlineData(SearchField.Body, "ladder", SearchMatch.Substring, true)]
    [InlineData(SearchField.Body, "call me", SearchMatch.Substring, true)]
    [InlineData(SearchField.Body, "umbrella", SearchMatch.Words, true)]
    [InlineData(SearchField.Subject, "umbrella", SearchMatch.Words, false)]
    [InlineData(SearchField.Body, "INNER TEXT", SearchMatch.Words, true)]
    [InlineData(SearchField.Body, "rätsel", SearchMatch.Prefix, true)]
    [InlineData(SearchField.Body, "invisible", SearchMatch.Substring, false)]
    [InlineData(SearchField.To, "JÖRG", SearchMatch.Words, true)]
    [InlineData(SearchField.To, "alice", SearchMatch.Substring, false)]
    [InlineData(SearchField.From, "alice example", SearchMatch.Words, true)]
    [InlineData(SearchField.From, "alice@example.test", SearchMatch.Substring, true)]
    [InlineData(SearchField.Subject, "quarterly rep", SearchMatch.Prefix, true)]
    [InlineData(SearchField.Subject, "quarterly rep", SearchMatch.Words, false)]
    [InlineData(SearchField.Subject, "quarter report", SearchMatch.Words, false)]
    [InlineData(SearchField.Subject, "uarterly rep", SearchMatch.Substring, true)]
    [InlineData(SearchField.Subject, "uarterly rep", SearchMatch.Prefix, false)]
    [InlineData(SearchField.Text, "subject", SearchMatch.Words, true)]
    [InlineData(SearchField.Bcc, "", SearchMatch.Substring, false)]
    [InlineData(SearchField.Subject, "", SearchMatch.Substring, true)]
    public async Task Finds_by_field_and_by_words(SearchField field, string text, SearchMatch match, bool expected)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Encoding.UTF8.GetBytes(Mixed.ReplaceLineEndings("\r\n")));
        var query = new TextQuery(field, text, match);
        Assert.Equal(expected ? [1u] : [], await test.Store.SearchAsync(inbox.Id, query));
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected ? [1u] : [], await test.Store.SearchAsync(inbox.Id, query));
        Assert.Equal(expected ? [] : [1u], await test.Store.SearchAsync(inbox.Id, new NotQuery(query)));
    }
}

public sealed class SqliteFieldTests() : FieldTests(Engine.Sqlite);

public sealed class PostgreSqlFieldTests() : FieldTests(Engine.PostgreSql);
