using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>The index by itself: what it says is certain is so, and what it says is impossible is not.</summary>
public sealed class PostingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string IndexFile => Path.Combine(_folder.FullName, "search.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(11, 3)]
    [InlineData(12, 1)]
    [InlineData(13, 2)]
    public async Task Segments_that_come_are_merged_and_lose_contents_are_exact(int seed, int stepsBelow)
    {
        var generator = new MailGenerator(seed);
        var texts = new SortedDictionary<long, SearchableText>();
        await using PostingsIndex index = PostingsIndex.Open(IndexFile);
        long next = 1;
        for (int round = 0; round < 60; round++)
        {
            var batch = new List<IndexedText>();
            for (int i = generator.Below(6); i >= 0; i--)
            {
                next += 1 + generator.Below(3);
                texts[next] = MakeText(generator);
                batch.Add(new IndexedText(new IndexMark(next, next), texts[next]));
            }
            await index.AddAsync(batch, Token);
            if (round % 5 == 4)
            {
                // Some in the midst, and the newest ones, whose ids come again.
                long[] gone = [.. texts.Keys.Where(_ => generator.Below(8) == 0), .. texts.Keys.TakeLast(generator.Below(9))];
                await index.RemoveAsync([.. gone.Distinct()], Token);
                foreach (long id in gone)
                    texts.Remove(id);
                next = texts.Keys.Max();
            }
            for (int step = generator.Below(stepsBelow); step > 0 && await index.TidyAsync(Token);)
                step--;
            if (round % 10 == 9)
                await CheckAsync(index, generator, texts);
        }
        while (await index.TidyAsync(Token)) { }
        await CheckAsync(index, generator, texts);
    }

    [Theory]
    [InlineData(SearchField.Body, "of the", SearchMatch.Substring, "1")]
    [InlineData(SearchField.Body, "f th", SearchMatch.Substring, "1")]
    [InlineData(SearchField.Body, "of the", SearchMatch.Words, "1 2 3")]
    [InlineData(SearchField.Body, "the day of", SearchMatch.Words, "")]
    [InlineData(SearchField.Body, "of th", SearchMatch.Prefix, "1 2 3")]
    [InlineData(SearchField.Body, "t", SearchMatch.Substring, "1 2 3 4")]
    [InlineData(SearchField.Body, "9x", SearchMatch.Substring, "4")]
    [InlineData(SearchField.Body, "ab9", SearchMatch.Substring, "4")]
    [InlineData(SearchField.Body, "東京", SearchMatch.Substring, "3")]
    [InlineData(SearchField.From, "@example.test", SearchMatch.Substring, "1 2 3 4")]
    [InlineData(SearchField.From, "alice.1@", SearchMatch.Words, "1")]
    [InlineData(SearchField.Header, "of", SearchMatch.Substring, "2")]
    [InlineData(SearchField.Header, "", SearchMatch.Substring, "2 4")]
    [InlineData(SearchField.Text, "x-topic", SearchMatch.Substring, "2 4")]
    [InlineData(SearchField.Bcc, "", SearchMatch.Substring, "")]
    public async Task Nothing_of_this_has_to_be_read(SearchField field, string text, SearchMatch match, string expected)
    {
        (string Topic, string Body)[] mails = [("", "the end of the day"), ("one of them", "the end of\r\nthe day"), ("", "of, the 東京"), ("", "the xab9xy9z")];
        await using PostingsIndex index = PostingsIndex.Open(IndexFile);
        var texts = new List<IndexedText>();
        for (int i = 1; i <= mails.Length; i++)
        {
            var mail = new SearchableText();
            mail.Fields.Add(new FoldedField("from", $"alice.{i}@example.test"));
            if (i % 2 == 0)
                mail.Fields.Add(new FoldedField("x-topic", mails[i - 1].Topic));
            mail.Bodies.Add(mails[i - 1].Body);
            texts.Add(new IndexedText(new IndexMark(i, i), mail));
        }
        await index.AddAsync(texts, Token);
        var needle = new Needle(new TextQuery(field, text, match) { HeaderName = "X-Topic" });
        IndexAnswer answer = (await index.LookUpAsync([needle], long.MaxValue / 2, Token)).Answers[0];
        Assert.Equal(expected, string.Join(' ', answer.Certain.Listed));
        Assert.Equal(expected, string.Join(' ', answer.Possible.Listed));
    }

    [Fact]
    public async Task Words_of_many_blocks_are_found_before_and_after_merging()
    {
        // Some repeat a word until its places fill blocks, the many others give it more documents than one has.
        const int contents = 20_000;
        var texts = new SortedDictionary<long, SearchableText>();
        await using PostingsIndex index = PostingsIndex.Open(IndexFile);
        var batch = new List<IndexedText>();
        for (int id = 1; id <= contents; id++)
        {
            texts[id] = new SearchableText();
            texts[id].Bodies.Add(id % 1999 == 0 ? string.Concat(Enumerable.Repeat("the day, ", 15_000)) + $"end {id}" : $"the {(id % 3 == 0 ? "day" : "night")} of number {id % 777}");
            batch.Add(new IndexedText(new IndexMark(id, id), texts[id]));
            if (batch.Count < 1000)
                continue;
            await index.AddAsync(batch, Token);
            batch = [];
        }
        Needle[] needles =
        [
            .. new[] { "the day", "e d", "day the", "the day of", "of number 77", "day, the day", "day end", "e", "numbe", "y, t" }.Select(
                text => new Needle(new TextQuery(SearchField.Body, text))),
            .. new[] { "the day", "day the", "day end", "night of number" }.Select(text => new Needle(new TextQuery(SearchField.Text, text, SearchMatch.Words))),
        ];
        await CheckExactAsync(index, needles, texts);
        while (await index.TidyAsync(Token)) { }
        await CheckExactAsync(index, needles, texts);
        long[] gone = [.. texts.Keys.Where(id => id % 3 == 1)];
        await index.RemoveAsync(gone, Token);
        foreach (long id in gone)
            texts.Remove(id);
        while (await index.TidyAsync(Token)) { }
        await CheckExactAsync(index, needles, texts);
    }

    [Fact]
    public async Task Contents_that_are_very_far_apart_are_found()
    {
        await using PostingsIndex index = PostingsIndex.Open(IndexFile);
        long[] ids = [1, 2, 5_000_000, 5_000_001, 3_000_000_000];
        var texts = new SortedDictionary<long, SearchableText>();
        foreach (long id in ids)
            (texts[id] = new SearchableText()).Bodies.Add(id % 2 == 0 ? "an even one" : "an odd one");
        await index.AddAsync([.. ids.Select(id => new IndexedText(new IndexMark(id, id), texts[id]))], Token);
        await CheckExactAsync(index, [new Needle(new TextQuery(SearchField.Body, "even one")), new Needle(new TextQuery(SearchField.Body, "an"))], texts);
    }

    [Fact]
    public async Task A_header_field_of_too_many_is_still_found()
    {
        await using PostingsIndex index = PostingsIndex.Open(IndexFile);
        for (int i = 1; i <= 5; i++)
        {
            var mail = new SearchableText();
            for (int j = 0; j < 1000; j++)
                mail.Fields.Add(new FoldedField($"x-{i}-{j}", $"value {i}"));
            await index.AddAsync([new IndexedText(new IndexMark(i, i), mail)], Token);
        }
        foreach ((string name, bool certain) in new[] { ("x-1-7", true), ("x-5-999", false) })
        {
            var needle = new Needle(new TextQuery(SearchField.Header, $"value {name[2]}") { HeaderName = name });
            IndexAnswer answer = (await index.LookUpAsync([needle], long.MaxValue / 2, Token)).Answers[0];
            long id = name[2] - '0';
            Assert.True(answer.Possible.Contains(id));
            Assert.Equal(certain, answer.Certain.Contains(id));
        }
    }

    // Where nothing has to be read: neither more nor less than is so.
    private static async Task CheckExactAsync(PostingsIndex index, IReadOnlyList<Needle> needles, SortedDictionary<long, SearchableText> texts)
    {
        IndexAnswers answers = await index.LookUpAsync(needles, long.MaxValue / 2, Token);
        for (int i = 0; i < needles.Count; i++)
        {
            IndexAnswer answer = answers.Answers[i];
            foreach ((long id, SearchableText text) in texts)
            {
                bool has = text.Matches(needles[i]);
                Assert.True(has == answer.Possible.Contains(id), $"{needles[i].Query} in {id}: {has}");
                Assert.True(has == answer.Certain.Contains(id), $"{needles[i].Query} in {id}: {has}");
            }
        }
    }

    private static async Task CheckAsync(PostingsIndex index, MailGenerator generator, SortedDictionary<long, SearchableText> texts)
    {
        GeneratedMail stock = generator.Next();
        var needles = new List<Needle>();
        for (int i = 0; i < 60; i++)
        {
            var match = (SearchMatch)generator.Below(3);
            needles.Add(new Needle(new TextQuery(generator.Field(), generator.Needle(stock), match) { HeaderName = "X-Topic" }));
        }
        foreach (long scope in new[] { 1, 5, long.MaxValue / 2 })
        {
            IndexAnswers answers = await index.LookUpAsync(needles, scope, Token);
            for (int i = 0; i < needles.Count; i++)
            {
                foreach ((long id, SearchableText text) in texts)
                {
                    bool has = text.Matches(needles[i]);
                    Assert.False(answers.Answers[i].Certain.Contains(id) && !has, $"{needles[i].Query} is not in {id}, of which it is certain");
                    Assert.False(has && !answers.Answers[i].Possible.Contains(id), $"{needles[i].Query} is in {id}, of which it is impossible");
                }
            }
        }
    }

    private static SearchableText MakeText(MailGenerator generator)
    {
        GeneratedMail mail = generator.Next();
        var text = new SearchableText();
        text.Fields.Add(new FoldedField("subject", Folding.Fold(mail.Subject)));
        text.Fields.Add(new FoldedField("from", Folding.Fold(mail.From)));
        text.Fields.Add(new FoldedField("x-topic", Folding.Fold(mail.Topic)));
        text.Bodies.Add(Folding.Fold(mail.Body));
        return text;
    }
}
