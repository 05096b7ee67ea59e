using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>Reads which contents have numbers, in one snapshot of the index. Each reading is one turn to the server.</summary>
internal sealed class DocumentLists(IReadSession session)
{
    /// <summary>Each entry that is found is compared with the lists of all numbers of one scan, so those of long lists go few at a time.</summary>
    private const int NumbersPerScan = 64;

    private const int CommonNumbersPerScan = 4;

    private const int CommonDocs = 2000;

    /// <summary>Codes of more trigrams are told apart by fewer.</summary>
    private const int MaxCodeCharacters = 24;

    private const string WithAny =
        "(SELECT array_agg(d.content_id) FROM unnest(@p0) AS scan(numbers) JOIN search_docs d ON d.numbers && scan.numbers::int[])";

    private const string WithAll =
        "(SELECT array_agg(d.content_id) FROM unnest(@p1) AS scan(numbers) JOIN search_docs d ON d.numbers @> scan.numbers::int[])";

    private const string Partial = "(SELECT array_agg(content_id) FROM search_docs WHERE partial <> 0)";

    private ContentBits? _partial;

    /// <summary>Contents of which not all is in the index.</summary>
    public async ValueTask<ContentBits> PartialAsync() => _partial ??= await ReadPartialAsync();

    /// <summary>The contents that have one of these words in the column, or in any, and those that have all trigrams of a code in one column.</summary>
    public ValueTask<(ContentBits Words, ContentBits Codes)> ReadAsync(IReadOnlyList<Word> words, string? code, IndexColumn? column)
    {
        int[] common = [.. words.Where(word => word.Docs > CommonDocs).SelectMany(word => word.NumbersIn(column))];
        int[] rare = [.. words.Where(word => word.Docs <= CommonDocs).SelectMany(word => word.NumbersIn(column))];
        return ReadAsync(
            [.. common.Chunk(CommonNumbersPerScan).Concat(rare.Chunk(NumbersPerScan)).Select(IndexTables.ArrayOf)],
            code is null ? [] : ScansOf(column, each => Grams.Of(each, Shorten(code))));
    }

    /// <summary>The contents that have all of these pairs in one column.</summary>
    public async ValueTask<ContentBits> ReadPairsAsync(IReadOnlyList<(string One, string Other)> pairs, IndexColumn? column) =>
        (await ReadAsync([], ScansOf(column, each => pairs.Select(pair => Pairs.NumberOf(each, pair.One, pair.Other))))).WithAll;

    private static string[] ScansOf(IndexColumn? column, Func<int, IEnumerable<int>> numbers)
    {
        IEnumerable<int> columns = column is { } one ? [(int)one] : Enumerable.Range(0, IndexedText.Columns);
        return [.. columns.Select(each => IndexTables.ArrayOf(numbers(each)))];
    }

    private static string Shorten(string code)
    {
        if (code.Length <= MaxCodeCharacters)
            return code;
        // Half of a surrogate pair would be a character that no text has.
        return code[..(char.IsHighSurrogate(code[MaxCodeCharacters - 1]) ? MaxCodeCharacters - 1 : MaxCodeCharacters)];
    }

    // What is not all in the index is read along with the first lists.
    private async ValueTask<(ContentBits WithAny, ContentBits WithAll)> ReadAsync(string[] any, string[] all)
    {
        if (_partial is not null)
        {
            return any.Length + all.Length == 0 ? (new(), new())
                : await session.QueryFirstAsync($"SELECT {WithAny}, {WithAll}", static row => (BitsOf(row, 0), BitsOf(row, 1)), any, all);
        }
        (ContentBits withAny, ContentBits withAll, _partial) = await session.QueryFirstAsync(
            $"SELECT {WithAny}, {WithAll}, {Partial}", static row => (BitsOf(row, 0), BitsOf(row, 1), BitsOf(row, 2)), any, all);
        return (withAny, withAll);
    }

    private async ValueTask<ContentBits> ReadPartialAsync() => (await session.QueryFirstAsync($"SELECT {Partial}", static row => BitsOf(row, 0)))!;

    private static ContentBits BitsOf(System.Data.Common.DbDataReader row, int column) =>
        row.IsDBNull(column) ? new ContentBits() : ContentBits.Of(row.GetFieldValue<long[]>(column));
}
