using UnifiedMsg.Database;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// Looks needles up in one snapshot of the index. A needle inside of one run is in a text exactly if it is in a run of it, that
/// is in a word of the vocabulary: that is certain. Of a needle over several runs each has to be there, the first as an end and
/// the last as a beginning of a word; whether they are side by side is for the verification.
/// </summary>
internal sealed class PostgreSqlLookup(IReadSession session, long scopeSize, CancellationToken cancellationToken)
{
    /// <summary>Reading one message costs as much as about so many entries of lists: it is a query of its own.</summary>
    private const int EntriesPerReading = 500;

    /// <summary>Looking one word up costs as much as so many entries.</summary>
    private const int EntriesPerWord = 50;

    /// <summary>Each entry that is found is compared with the lists of all numbers of one scan, so those of long lists go few at a time.</summary>
    private const int NumbersPerScan = 64;

    private const int CommonNumbersPerScan = 4;

    private const int CommonDocs = 2000;

    /// <summary>Of few messages, reading them is quicker than going through the vocabulary.</summary>
    private const int LeastScopeForShort = 50;

    /// <summary>Further words are mostly in messages that have one of these too.</summary>
    private const int FrequentWords = 64;

    /// <summary>Codes of more trigrams are told apart by fewer.</summary>
    private const int MaxCodeCharacters = 24;

    private const string WithAny =
        "SELECT array_agg(d.content_id) FROM unnest(@p0) AS scan(numbers) JOIN search_docs d ON d.numbers && scan.numbers::int[]";

    private const string WithAll =
        "SELECT array_agg(d.content_id) FROM unnest(@p0) AS scan(numbers) JOIN search_docs d ON d.numbers @> scan.numbers::int[]";

    private ContentBits? _partial;

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
            return await FindShortAsync(needle, column);
        parts.Sort((a, b) => a.Entries.CompareTo(b.Entries));
        if (parts[0].Entries > scopeSize * EntriesPerReading)
            return IndexAnswer.Unknown;
        ContentBits? possible = null;
        var certain = new ContentBits();
        foreach (Part part in parts)
        {
            // Of what is left, verifying is cheaper than the next list.
            if (possible is not null && possible.Count * (long)EntriesPerReading < part.Entries)
                break;
            ContentBits words = await ReadWordsAsync(part, column);
            ContentBits found = words.Or(await ReadCodesAsync(part, column));
            possible = possible?.And(found) ?? found;
            if (part.IsNeedle && (needle.Query.Field != SearchField.Header || column != IndexColumn.Header))
                certain = part.ProvesCodes ? found : words;
        }
        _partial ??= await ReadAsync("SELECT array_agg(content_id) FROM search_docs WHERE partial <> 0");
        return new IndexAnswer(ContentBound.Of(certain), ContentBound.Of(possible!.Or(_partial)));
    }

    // One or two characters are in nearly everything, and may be in a code that nothing tells. The most frequent of the words that have them
    // prove it for most messages, and what is left is read.
    private async ValueTask<IndexAnswer> FindShortAsync(Needle needle, IndexColumn? column)
    {
        bool isInside = needle.Match == SearchMatch.Substring && needle.Runs is [{ Alone: false } run] && run.Length == needle.Folded.Length;
        if (!isInside || scopeSize < LeastScopeForShort || (needle.Query.Field == SearchField.Header && column == IndexColumn.Header))
            return IndexAnswer.Unknown;
        List<Word> words = await Vocabulary.FindFrequentAsync(session, needle.Folded, FrequentWords);
        return new IndexAnswer(ContentBound.Of(await ReadWordsAsync(new Part(words, null, true, false), column)), ContentBound.All);
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
        if (place == Place.Whole)
        {
            bool code = Runs.IsCode(text);
            List<Word> only = !code && await Vocabulary.FindAsync(session, text) is { } word ? [word] : [];
            parts.Add(new Part(only, code ? text : null, isNeedle, ProvesCodes: false));
            return;
        }
        // Trigrams find nothing shorter, and nothing else finds what is inside of a code.
        int characters = Grams.CountCharacters(text);
        if (characters < 3)
            return;
        List<Word> words = await Vocabulary.FindContainingAsync(session, text);
        if (place != Place.Inside)
            words.RemoveAll(word => !(place == Place.Beginning ? word.Text.StartsWith(text, StringComparison.Ordinal) : word.Text.EndsWith(text, StringComparison.Ordinal)));
        parts.Add(new Part(words, text, isNeedle, ProvesCodes: place == Place.Inside && characters == 3 && Grams.AreExact(text)));
    }

    private async ValueTask<ContentBits> ReadWordsAsync(Part part, IndexColumn? column)
    {
        int[] common = [.. part.Words.Where(word => word.Docs > CommonDocs).SelectMany(word => word.NumbersIn(column))];
        int[] rare = [.. part.Words.Where(word => word.Docs <= CommonDocs).SelectMany(word => word.NumbersIn(column))];
        string[] scans = [.. common.Chunk(CommonNumbersPerScan).Concat(rare.Chunk(NumbersPerScan)).Select(IndexTables.ArrayOf)];
        return scans.Length == 0 ? new ContentBits() : await ReadAsync(WithAny, [scans]);
    }

    // All trigrams of one column.
    private async ValueTask<ContentBits> ReadCodesAsync(Part part, IndexColumn? column)
    {
        if (part.Code is null)
            return new ContentBits();
        string code = Shorten(part.Code);
        IEnumerable<int> columns = column is { } one ? [(int)one] : Enumerable.Range(0, IndexedText.Columns);
        string[] scans = [.. columns.Select(each => IndexTables.ArrayOf(Grams.Of(each, code)))];
        return await ReadAsync(WithAll, [scans]);
    }

    private static string Shorten(string code)
    {
        if (code.Length <= MaxCodeCharacters)
            return code;
        // Half of a surrogate pair would be a character that no text has.
        return code[..(char.IsHighSurrogate(code[MaxCodeCharacters - 1]) ? MaxCodeCharacters - 1 : MaxCodeCharacters)];
    }

    // The contents of one or more scans.
    private async ValueTask<ContentBits> ReadAsync(string sql, params object?[] arguments)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ContentBits.Of(await session.QueryFirstAsync(sql, static row => row.IsDBNull(0) ? [] : row.GetFieldValue<long[]>(0), arguments) ?? []);
    }

    /// <summary>One thing that has to be there.</summary>
    /// <param name="Words">The words that have it.</param>
    /// <param name="Code">What codes would have; null when no code can.</param>
    /// <param name="IsNeedle">It is the whole needle, so that a word that has it proves it.</param>
    /// <param name="ProvesCodes">A code that has its trigrams proves it too.</param>
    private sealed record Part(List<Word> Words, string? Code, bool IsNeedle, bool ProvesCodes)
    {
        /// <summary>What reading its lists costs, in entries.</summary>
        public long Entries { get; } = Words.Sum(word => word.Docs + EntriesPerWord);
    }
}
