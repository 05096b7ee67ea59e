using UnifiedMsg.Database;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Fts;

/// <summary>
/// Looks needles up in one snapshot of the index. A needle inside of one run is in a text exactly if it is in a run of it, that
/// is in a word of the vocabulary: that is certain. Of a needle over several runs each has to be there, the first as an end and
/// the last as a beginning of a word; whether they are side by side is for the verification.
/// </summary>
internal sealed class FtsLookup(IReadSession session, long newestId, long scopeSize, CancellationToken cancellationToken)
{
    /// <summary>Words rarer than this are looked up many at a time.</summary>
    private const int RareDocs = 200;

    private const int TermsPerQuery = 100;

    /// <summary>Reading one message costs as much as about so many entries of lists (15 µs to 0.1 µs).</summary>
    private const int EntriesPerReading = 150;

    /// <summary>Looking one word up costs as much as so many entries.</summary>
    private const int EntriesPerTerm = 100;

    /// <summary>Codes of more trigrams are told apart by fewer.</summary>
    private const int MaxCodeCharacters = 24;

    private long[]? _partial;

    private enum Place
    {
        Whole,
        Beginning,
        End,
        Inside,
    }

    public async ValueTask<IndexAnswer> FindAsync(Needle needle)
    {
        IndexColumn? column = ColumnOf(needle);
        List<Part> parts = await PlanAsync(needle);
        if (parts.Count == 0)
            return IndexAnswer.Unknown;
        parts.Sort((a, b) => a.Entries.CompareTo(b.Entries));
        if (parts[0].Entries > scopeSize * EntriesPerReading)
            return IndexAnswer.Unknown;
        long[]? possible = null;
        long[] certain = [];
        foreach (Part part in parts)
        {
            // Of what is left, verifying is cheaper than the next list.
            if (possible is not null && possible.Length * (long)EntriesPerReading < part.Entries)
                break;
            (long[] words, long[] codes) = await ReadAsync(part, column);
            long[] found = ContentBound.Union(words, codes);
            possible = possible is null ? found : ContentBound.Intersect(possible, found);
            if (part.IsNeedle && (needle.Query.Field != SearchField.Header || column != IndexColumn.Header))
                certain = part.ProvesCodes ? found : words;
        }
        _partial ??= [.. await session.QueryAsync("SELECT content_id FROM docs WHERE partial <> 0 ORDER BY content_id", row => row.GetInt64(0))];
        return new IndexAnswer(ContentBound.Of(certain), ContentBound.Of(ContentBound.Union(possible!, _partial)));
    }

    private static IndexColumn? ColumnOf(Needle needle) => needle.Query.Field switch
    {
        SearchField.Text => null,
        SearchField.Body => IndexColumn.Body,
        _ when needle.Folded.Length == 0 => IndexColumn.Header,
        _ => IndexedText.ColumnOf(needle.FieldName!),
    };

    // What has to be in the index, each with the words of the vocabulary that would do; what the index can't tell is left out.
    private async ValueTask<List<Part>> PlanAsync(Needle needle)
    {
        var parts = new List<Part>();
        if (needle.Folded.Length == 0)
        {
            // Whether a field is there: names are in the column of the header.
            foreach (Run run in Runs.Of(needle.FieldName ?? ""))
                await AddAsync(parts, needle.FieldName!.Substring(run.Start, run.Length), Place.Whole, false);
            return parts;
        }
        foreach (Run run in needle.Runs)
        {
            bool isNeedle = needle.Runs.Count == 1 && (needle.Match != SearchMatch.Substring || (run.Start == 0 && run.End == needle.Folded.Length));
            await AddAsync(parts, needle.TextOf(run), PlaceOf(needle, run), isNeedle);
        }
        return parts;
    }

    private static Place PlaceOf(Needle needle, Run run)
    {
        if (run.Alone)
            return Place.Whole;
        bool last = run == needle.Runs[^1];
        if (needle.Match != SearchMatch.Substring)
            return needle.Match == SearchMatch.Prefix && last ? Place.Beginning : Place.Whole;
        bool open = run.Start == 0;
        bool openEnd = run.End == needle.Folded.Length;
        return open && openEnd ? Place.Inside : open ? Place.End : openEnd ? Place.Beginning : Place.Whole;
    }

    private async ValueTask AddAsync(List<Part> parts, string text, Place place, bool isNeedle)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int characters = FtsVocabulary.CountCharacters(text);
        if (place == Place.Whole)
        {
            bool code = Runs.IsCode(text);
            List<Term> only = !code && await FtsVocabulary.FindAsync(session, text) is { } term ? [term] : [];
            parts.Add(new Part(only, code ? text : null, isNeedle, ProvesCodes: false));
            return;
        }
        // Trigrams find nothing shorter, and nothing else finds what is inside of a code.
        if (characters < 3)
            return;
        List<Term> terms = await FtsVocabulary.FindContainingAsync(session, text);
        if (place != Place.Inside)
            terms.RemoveAll(term => !(place == Place.Beginning ? term.Text.StartsWith(text, StringComparison.Ordinal) : term.Text.EndsWith(text, StringComparison.Ordinal)));
        parts.Add(new Part(terms, text, isNeedle, ProvesCodes: place == Place.Inside && characters == 3));
    }

    private async ValueTask<(long[] Words, long[] Codes)> ReadAsync(Part part, IndexColumn? column)
    {
        string filter = FtsSchema.Filter(column);
        var words = new ContentBits(newestId);
        part.Terms.Sort((a, b) => b.Docs.CompareTo(a.Docs));
        int rare = part.Terms.FindIndex(term => term.Docs <= RareDocs);
        rare = rare < 0 ? part.Terms.Count : rare;
        foreach (Term term in part.Terms.Take(rare))
            words.Add(await QueryAsync("SELECT rowid FROM words WHERE words MATCH @p0", $"{filter}\"{term.Text}\""));
        foreach (Term[] some in part.Terms.Skip(rare).Chunk(TermsPerQuery))
            words.Add(await QueryAsync("SELECT rowid FROM words WHERE words MATCH @p0", $"{filter}({string.Join(" OR ", some.Select(term => $"\"{term.Text}\""))})"));
        long[] codes = [];
        if (part.Code is not null)
        {
            codes = [.. await QueryAsync("SELECT rowid FROM codes WHERE codes MATCH @p0", $"{filter}({FtsVocabulary.MatchGrams(Shorten(part.Code))})")];
        }
        return (words.ToArray(), codes);
    }

    private static string Shorten(string code)
    {
        if (code.Length <= MaxCodeCharacters)
            return code;
        // Half of a surrogate pair would be a character that no text has.
        return code[..(char.IsHighSurrogate(code[MaxCodeCharacters - 1]) ? MaxCodeCharacters - 1 : MaxCodeCharacters)];
    }

    private ValueTask<List<long>> QueryAsync(string sql, string match)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return session.QueryAsync(sql, static row => row.GetInt64(0), match);
    }

    /// <summary>One thing that has to be there.</summary>
    /// <param name="Terms">The words that have it.</param>
    /// <param name="Code">What codes would have; null when no code can.</param>
    /// <param name="IsNeedle">It is the whole needle, so that a word that has it proves it.</param>
    /// <param name="ProvesCodes">A code that has its trigrams proves it too.</param>
    private sealed record Part(List<Term> Terms, string? Code, bool IsNeedle, bool ProvesCodes)
    {
        /// <summary>What reading its lists costs, in entries.</summary>
        public long Entries { get; } = Terms.Sum(term => term.Docs + EntriesPerTerm);
    }
}
