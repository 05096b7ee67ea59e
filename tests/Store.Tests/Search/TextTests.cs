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
}
