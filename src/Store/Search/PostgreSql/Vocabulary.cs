using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>A word of the vocabulary, in about how many contents it is, and in which columns it ever was, one bit each.</summary>
internal readonly record struct Word(int Id, string Text, long Docs, int Columns)
{
    /// <summary>The number of the word in a column.</summary>
    public static int NumberOf(int id, int column) => checked((id * IndexTables.NumbersPerWord) + column);

    /// <summary>Its numbers in this column, or in any.</summary>
    public IEnumerable<int> NumbersIn(IndexColumn? wanted)
    {
        for (int column = 0; column < IndexedText.Columns; column++)
        {
            if ((Columns & (1 << column)) != 0 && (wanted is null || (int)wanted == column))
                yield return NumberOf(Id, column);
        }
    }
}

/// <summary>The words that occur. Each is there once, however many messages have it.</summary>
internal static class Vocabulary
{
    /// <summary>A count that is less than this part wrong is left as it is, but for a chance: else every message would write all its words again.</summary>
    private const int Precision = 16;

    private const string Columns = "id, word, docs, columns";

    /// <summary>Counts the words of these texts and adds new ones. Returns the number of each.</summary>
    public static async ValueTask<Dictionary<string, int>> AddAsync(IWriteSession session, IReadOnlyList<IndexedText> texts)
    {
        Dictionary<string, (int Docs, int Columns)> found = Count(texts);
        var numbers = new Dictionary<string, int>(found.Count, StringComparer.Ordinal);
        List<Word> known = await session.QueryAsync(
            "SELECT w.id, w.word, w.docs, w.columns FROM unnest(@p0) AS n(word) JOIN search_words w ON w.word = n.word COLLATE \"C\"", Map, [Sorted(found.Keys)]);
        foreach (Word word in known)
            numbers[word.Text] = word.Id;
        await CountAsync(session, known, found);
        await InsertAsync(session, [.. Sorted(found.Keys).Where(word => !numbers.ContainsKey(word))], found, numbers);
        return numbers;
    }

    /// <summary>These words, as far as they are there, and of each needle the words that have its characters in a row, of which there are at least
    /// three; by the words and needles.</summary>
    public static async ValueTask<ILookup<string, Word>> FindAsync(IReadSession session, string[] words, string[] needles)
    {
        if (words.Length + needles.Length == 0)
            return Array.Empty<Word>().ToLookup(word => word.Text);
        List<(string For, Word Word)> found = await session.QueryAsync(
            $"SELECT {Columns}, word FROM search_words WHERE word = ANY(@p0) "
            + "UNION ALL SELECT w.id, w.word, w.docs, w.columns, n.text FROM unnest(@p1, @p2) AS n(text, grams) "
            + "JOIN search_words w ON w.grams @> n.grams::int[] AND strpos(w.word, n.text COLLATE \"C\") > 0",
            row => (row.GetString(4), Map(row)), words, needles, Array.ConvertAll(needles, needle => IndexTables.ArrayOf(Grams.Of(0, needle))));
        return found.ToLookup(each => each.For, each => each.Word, StringComparer.Ordinal);
    }

    /// <summary>The most frequent of the words that have these characters in a row, which may be few: the vocabulary is gone through.</summary>
    public static ValueTask<List<Word>> FindFrequentAsync(IReadSession session, string needle, int count) => session.QueryAsync(
        $"SELECT {Columns} FROM search_words WHERE strpos(word, @p0) > 0 ORDER BY docs DESC LIMIT @p1", Map, needle, count);

    private static Word Map(System.Data.Common.DbDataReader row) => new(row.GetInt32(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3));

    private static Dictionary<string, (int Docs, int Columns)> Count(IReadOnlyList<IndexedText> texts)
    {
        var found = new Dictionary<string, (int Docs, int Columns)>(StringComparer.Ordinal);
        foreach (IndexedText text in texts)
        {
            foreach (string word in text.Words)
                found[word] = found.TryGetValue(word, out (int Docs, int Columns) so) ? (so.Docs + 1, so.Columns) : (1, 0);
            for (int column = 0; column < IndexedText.Columns; column++)
            {
                foreach (string word in text.WordsIn((IndexColumn)column))
                    found[word] = (found[word].Docs, found[word].Columns | (1 << column));
            }
        }
        return found;
    }

    // In this order the pages of the table and of its index are gone through once.
    private static string[] Sorted(IEnumerable<string> words) => [.. words.Order(StringComparer.Ordinal)];

    private static async ValueTask CountAsync(IWriteSession session, List<Word> known, Dictionary<string, (int Docs, int Columns)> found)
    {
        var changed = new List<(int Id, long Docs, int Columns)>();
        foreach (Word word in known)
        {
            (int docs, int columns) = found[word.Text];
            long step = Math.Max(docs, word.Docs / Precision);
            bool counts = Random.Shared.NextInt64(step) < docs;
            if (counts || (columns & ~word.Columns) != 0)
                changed.Add((word.Id, counts ? step : 0, columns));
        }
        if (changed.Count == 0)
            return;
        changed.Sort();
        await session.PostAsync(
            "UPDATE search_words w SET docs = w.docs + n.docs, columns = w.columns | n.columns "
            + "FROM unnest(@p0, @p1, @p2) AS n(id, docs, columns) WHERE w.id = n.id",
            changed.Select(word => word.Id).ToArray(), changed.Select(word => word.Docs).ToArray(), changed.Select(word => word.Columns).ToArray());
    }

    private static async ValueTask InsertAsync(
        IWriteSession session, string[] words, Dictionary<string, (int Docs, int Columns)> found, Dictionary<string, int> numbers)
    {
        if (words.Length == 0)
            return;
        List<(int Id, string Word)> added = await session.QueryAsync(
            "INSERT INTO search_words(word, docs, columns, grams) SELECT n.word, n.docs, n.columns, n.grams::int[] "
            + "FROM unnest(@p0, @p1, @p2, @p3) AS n(word, docs, columns, grams) RETURNING id, word",
            row => (row.GetInt32(0), row.GetString(1)), words, words.Select(word => (long)found[word].Docs).ToArray(),
            words.Select(word => found[word].Columns).ToArray(), words.Select(word => IndexTables.ArrayOf(Grams.Of(0, word))).ToArray());
        foreach ((int id, string word) in added)
            numbers[word] = id;
    }
}
