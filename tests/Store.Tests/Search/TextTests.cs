using System.Text;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class TextTests
{
    // RFC 5051.
    [Theory]
    [InlineData("Straße", "STRAßE")]
    [InlineData("é", "e\u0301")]
    [InlineData("É", "E\u0301")]
    [InlineData("\uFB01nd", "FIND")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [InlineData("Привет", "пРИВЕТ")]
    [InlineData("한", "\u1112\u1161\u11ab")]
    [InlineData("\u212A", "k")]
    [InlineData("Ǆ", "ǆ")]
    public void Case_and_composition_do_not_count(string one, string other) => Assert.Equal(Folding.Fold(one), Folding.Fold(other));

    [Theory]
    [InlineData("e", "f")]
    [InlineData("é", "e")]
    [InlineData("ß", "ss")]
    public void Other_characters_do(string one, string other) => Assert.NotEqual(Folding.Fold(one), Folding.Fold(other));

    [Theory]
    [InlineData("foo@bar-baz.example", "foo|bar|baz|example")]
    [InlineData("e\u0301te\u0301 2026", "e\u0301te\u0301|2026")]
    [InlineData("日本x語", "日|本|x|語")]
    [InlineData("a😀b", "a|😀|b")]
    [InlineData(" …— ", "")]
    public void Text_is_cut_into_runs(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Runs.Of(text).Select(run => text.Substring(run.Start, run.Length))));

    // What the index rests on.
    [Fact]
    public void A_needle_is_cut_like_the_text_that_it_is_from_except_at_its_ends()
    {
        var generator = new MailGenerator(7);
        for (int i = 0; i < 2000; i++)
        {
            string text = Folding.Fold(generator.Next().Body);
            string needle = Folding.Fold(generator.Needle(new GeneratedMail(text, text, text, text, [])));
            int at = text.IndexOf(needle, StringComparison.Ordinal);
            if (at < 0 || Runs.Of(needle) is not { Count: > 0 } runs)
                continue;
            List<Run> whole = Runs.Of(text);
            foreach (Run run in runs)
            {
                Assert.Contains(whole, each => each.Start <= at + run.Start && each.End >= at + run.End
                    && (each.Start == at + run.Start || run.Start == 0) && (each.End == at + run.End || run.End == needle.Length));
            }
        }
    }

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
        await using TestStore test = await TestStore.OpenAsync();
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
