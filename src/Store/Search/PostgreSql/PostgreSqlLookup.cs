using UnifiedMsg.Database;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// Looks needles up in one snapshot of the index. A needle inside of one run is in a text exactly if it is in a run of it, that
/// is in a word of the vocabulary: that is certain. Of a needle over several runs each has to be there, the first as an end and
/// the last as a beginning of a word, and the pairs of them; whether they are side by side is for the verification.
/// </summary>
internal sealed class PostgreSqlLookup(IReadSession session, long scopeSize, CancellationToken cancellationToken)
{
    /// <summary>Reading one message costs as much as about so many entries of lists.</summary>
    private const int EntriesPerReading = 200;

    /// <summary>Of so few messages that may have a needle, reading them is quicker than another turn to the server.</summary>
    private const int FewReadings = 32;

    /// <summary>Looking one word up costs as much as so many entries.</summary>
    private const int EntriesPerWord = 50;

    /// <summary>Of few messages, reading them is quicker than going through the vocabulary.</summary>
    private const int LeastScopeForShort = 50;

    /// <summary>Further words are mostly in messages that have one of these too.</summary>
    private const int FrequentWords = 64;

    private readonly DocumentLists _lists = new(session);

    private enum Place
    {
        Whole,
        Beginning,
        End,
        Inside,
    }

    public async ValueTask<IndexAnswer> FindAsync(Needle needle)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IndexColumn? column = ColumnOf(needle);
        List<Part> parts = PartsOf(needle);
        if (parts.Count == 0)
            return await FindShortAsync(needle, column);
        var certain = new ContentBits();
        List<(string One, string Other)> pairs = PairsOf(parts);
        ContentBits? possible = pairs.Count == 0 ? null : await _lists.ReadPairsAsync(pairs, column);
        if (possible is null || Math.Min(possible.Count, scopeSize) > FewReadings)
            (certain, possible) = await ReadPartsAsync(parts, possible, needle, column);
        return possible is null ? IndexAnswer.Unknown : new IndexAnswer(ContentBound.Of(certain), ContentBound.Of(possible.Or(await _lists.PartialAsync())));
    }

    // One or two characters are in nearly everything, and may be in a code that nothing tells. The most frequent of the words that have them
    // prove it for most messages, and what is left is read.
    private async ValueTask<IndexAnswer> FindShortAsync(Needle needle, IndexColumn? column)
    {
        bool isInside = needle.Match == SearchMatch.Substring && needle.Runs is [{ Alone: false } run] && run.Length == needle.Folded.Length;
        if (!isInside || scopeSize < LeastScopeForShort || (needle.Query.Field == SearchField.Header && column == IndexColumn.Header))
            return IndexAnswer.Unknown;
        List<Word> words = await Vocabulary.FindFrequentAsync(session, needle.Folded, FrequentWords);
        return new IndexAnswer(ContentBound.Of((await _lists.ReadAsync(words, null, column)).Words), ContentBound.All);
    }

    private static List<(string One, string Other)> PairsOf(List<Part> parts) =>
        [.. parts.Where(part => part.Before is not null && Pairs.Tells(part.IsWhole, part.Text)).Select(part => (part.Before!, part.Text))];

    private static IndexColumn? ColumnOf(Needle needle) => needle.Query.Field switch
    {
        SearchField.Text => null,
        SearchField.Body => IndexColumn.Body,
        _ when needle.Folded.Length == 0 => IndexColumn.Header,
        _ => IndexedText.ColumnOf(needle.FieldName!),
    };

    // What has to be in the index; what that can't tell is left out.
    private static List<Part> PartsOf(Needle needle)
    {
        // Of an empty needle, whether a field is there: names are in the column of the header.
        string text = needle.Folded.Length > 0 ? needle.Folded : needle.FieldName ?? "";
        var parts = new List<Part>();
        string? before = null;
        foreach (Run run in needle.Folded.Length > 0 ? needle.Runs : Runs.Of(text))
        {
            bool isNeedle = needle.Runs.Count == 1 && (needle.Match != SearchMatch.Substring || run.Length == text.Length);
            var part = new Part(text.Substring(run.Start, run.Length), needle.Folded.Length > 0 ? PlaceOf(needle, run) : Place.Whole, isNeedle, before);
            before = Pairs.Tells(part.IsWhole, part.Text) ? part.Text : null;
            // Trigrams find nothing shorter, and nothing else finds what is inside of a code.
            if (part.IsWhole || Grams.CountCharacters(part.Text) >= 3)
                parts.Add(part);
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

    // Each part leaves less that is possible, so those of the shortest lists go first. Null when reading the messages is cheaper.
    private async ValueTask<(ContentBits Certain, ContentBits? Possible)> ReadPartsAsync(
        List<Part> parts, ContentBits? possible, Needle needle, IndexColumn? column)
    {
        var certain = new ContentBits();
        foreach (Sought sought in await FindWordsAsync(parts))
        {
            // Of what is left, verifying is cheaper than the next list.
            if (Math.Min(possible?.Count ?? long.MaxValue, scopeSize) * EntriesPerReading < sought.Entries)
                break;
            cancellationToken.ThrowIfCancellationRequested();
            Part part = sought.Part;
            (ContentBits words, ContentBits codes) = await _lists.ReadAsync(sought.Words, part.Code, column);
            ContentBits found = words.Or(codes);
            possible = possible?.And(found) ?? found;
            if (part.IsNeedle && (needle.Query.Field != SearchField.Header || column != IndexColumn.Header))
                certain = part.ProvesCodes ? found : words;
        }
        return (certain, possible);
    }

    // The words of the vocabulary that would do for each.
    private async ValueTask<IEnumerable<Sought>> FindWordsAsync(List<Part> parts)
    {
        string[] whole = [.. parts.Where(part => part.IsWhole && part.Code is null).Select(part => part.Text)];
        string[] pieces = [.. parts.Where(part => !part.IsWhole).Select(part => part.Text)];
        ILookup<string, Word> found = await Vocabulary.FindAsync(session, whole, pieces);
        return parts.Select(part => new Sought(part, [.. found[part.Text].Where(part.IsIn).Distinct()])).OrderBy(sought => sought.Entries);
    }

    /// <summary>One thing that has to be there.</summary>
    /// <param name="Text">A run, or what is known of it.</param>
    /// <param name="Place">What of a run it is.</param>
    /// <param name="IsNeedle">It is the whole needle, so that a word that has it proves it.</param>
    /// <param name="Before">The run before it, where its pair is known.</param>
    private sealed record Part(string Text, Place Place, bool IsNeedle, string? Before)
    {
        public bool IsWhole => Place == Place.Whole;

        /// <summary>What codes would have; null when no code can.</summary>
        public string? Code => IsWhole && !Runs.IsCode(Text) ? null : Text;

        /// <summary>A code that has its trigrams proves it too.</summary>
        public bool ProvesCodes => Place == Place.Inside && Text.Length == 3 && Grams.AreExact(Text);

        public bool IsIn(Word word) => Place switch
        {
            Place.Whole => word.Text == Text,
            Place.Beginning => word.Text.StartsWith(Text, StringComparison.Ordinal),
            Place.End => word.Text.EndsWith(Text, StringComparison.Ordinal),
            _ => true,
        };
    }

    /// <summary>A part with the words that have it.</summary>
    private sealed record Sought(Part Part, List<Word> Words)
    {
        /// <summary>What reading its lists costs, in entries.</summary>
        public long Entries { get; } = Words.Sum(word => word.Docs + EntriesPerWord);
    }
}
