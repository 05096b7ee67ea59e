using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>Queries as people write them, by kind.</summary>
internal sealed class SearchQueries(MailText text)
{
    /// <summary>Each kind: its name, and the next query of it.</summary>
    public IReadOnlyList<(string Kind, Func<SearchQuery> Next)> Kinds =>
    [
        ("a word", () => new TextQuery(SearchField.Body, Word(300, 100_000), SearchMatch.Words)),
        ("its characters anywhere in the text", () => new TextQuery(SearchField.Text, Word(300, 100_000))),
        ("a word in a third of all", () => new TextQuery(SearchField.Text, Word(20, 40))),
        ("three to six characters of a word", () => new TextQuery(SearchField.Body, Piece(3, 6))),
        ("one or two characters", () => new TextQuery(SearchField.Body, Piece(1, 2))),
        ("two words in a row", () => new TextQuery(SearchField.Body, $"{Word(10, 3000)} {Word(10, 3000)}")),
        ("two frequent words in a row", () => new TextQuery(SearchField.Body, $"{Word(1, 100)} {Word(1, 100)}")),
        ("two such words, whatever is between", () => new TextQuery(SearchField.Text, $"{Word(1, 100)} {Word(1, 100)}", SearchMatch.Words)),
        ("a sender", () => new TextQuery(SearchField.From, Word(Sender))),
        ("a sender's address", () => new TextQuery(SearchField.From, Address(text.Below(5000)))),
        ("a domain that all have", () => new TextQuery(SearchField.To, "@example.test")),
        ("another header field", () => TextQuery.OfHeader("Received", $"mail{text.Below(97)}.example")),
        ("a subject and not a sender", () => new AllOfQuery(
            [new TextQuery(SearchField.Subject, Word(300, 30_000)), new NotQuery(new TextQuery(SearchField.From, Word(Sender)))])),
        ("two words, not in a row", () => new AllOfQuery([new TextQuery(SearchField.Text, Word(20, 3000)), new TextQuery(SearchField.Text, Word(20, 3000))])),
        ("one of two words", () => new AnyOfQuery([new TextQuery(SearchField.Text, Word(20, 3000)), new TextQuery(SearchField.Text, Word(300, 30_000))])),
        ("a word in what is unseen", () => new AllOfQuery(
            [new ItemQuery(item => (item.Flags & ItemFlags.Seen) == 0), new TextQuery(SearchField.Text, Word(300, 100_000))])),
        ("what nobody wrote", () => new TextQuery(SearchField.Text, "qqxqq" + text.Below(1000))),
    ];

    private int Sender => 1000 + text.Below(5000);

    private string Word(int rank) => text.Word(rank);

    private string Word(int least, int most) => text.Word(text.Rank(least, most));

    private string Address(int person) => $"{text.Word(1000 + person)}.{text.Word(7000 + person)}@example.test";

    private string Piece(int least, int most)
    {
        string word;
        do
            word = Word(300, 100_000);
        while (word.Length < most);
        int length = least + text.Below(most - least + 1);
        return word.Substring(text.Below(word.Length - length + 1), length);
    }
}
