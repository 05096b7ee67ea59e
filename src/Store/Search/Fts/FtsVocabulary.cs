using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Fts;

/// <summary>A word of the vocabulary, and in about how many contents it is; words of contents that are gone still count.</summary>
internal readonly record struct Term(string Text, long Docs);

/// <summary>The words that occur. Each is there once, however many messages have it.</summary>
internal static class FtsVocabulary
{
    private const int Gram = 3;

    /// <summary>Counts the words of these texts; new ones are added.</summary>
    public static async ValueTask AddAsync(IWriteSession session, IReadOnlyList<IndexedText> texts)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal); // Sorted: the pages of the table are gone through in order.
        foreach (IndexedText text in texts)
        {
            foreach (string word in text.Words)
                counts[word] = counts.GetValueOrDefault(word) + 1;
        }
        foreach ((string word, int count) in counts)
        {
            if (await session.ExecuteAsync("UPDATE terms SET docs = docs + @p1 WHERE term = @p0", word, count) > 0)
                continue;
            long? id = await session.QueryLongAsync("INSERT INTO terms(term, docs) VALUES(@p0, @p1) RETURNING id", word, count);
            await session.ExecuteAsync("INSERT INTO term_grams(rowid, term) VALUES(@p0, @p1)", id, word);
        }
    }

    /// <summary>The word, or null when nothing has it.</summary>
    public static async ValueTask<Term?> FindAsync(IReadSession session, string word) =>
        await session.QueryLongAsync("SELECT docs FROM terms WHERE term = @p0", word) is { } docs ? new Term(word, docs) : null;

    /// <summary>Words that have these characters in a row, of which there are at least three.</summary>
    public static ValueTask<List<Term>> FindContainingAsync(IReadSession session, string needle) => session.QueryAsync(
        "SELECT t.term, t.docs FROM term_grams g JOIN terms t ON t.id = g.rowid WHERE g.term_grams MATCH @p0 AND instr(t.term, @p1) > 0",
        row => new Term(row.GetString(0), row.GetInt64(1)), MatchGrams(needle), needle);

    /// <summary>How many characters, of which a trigram has three.</summary>
    public static int CountCharacters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
            count++;
        return count;
    }

    /// <summary>A query for what has every trigram of the text. Without positions in the index there are no phrases, so they are joined by AND.</summary>
    public static string MatchGrams(string text)
    {
        Rune[] characters = [.. text.EnumerateRunes()];
        var grams = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i + Gram <= characters.Length; i++)
            grams.Add($"\"{characters[i]}{characters[i + 1]}{characters[i + 2]}\"");
        return string.Join(" AND ", grams);
    }
}
