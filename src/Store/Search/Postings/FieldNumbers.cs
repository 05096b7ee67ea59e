using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>The numbers of the fields in which a word is.</summary>
internal sealed class FieldNumbers
{
    /// <summary>The bodies.</summary>
    public const int Body = 0;

    /// <summary>The names of header fields.</summary>
    public const int Names = 1;

    /// <summary>Header fields that came when there were too many, or whose names are too long: anybody can invent names.</summary>
    public const int Others = 4095;

    /// <summary>Numbers, all of which are below this.</summary>
    public const int Count = 4096;

    /// <summary>Names that are longer are among the <see cref="Others"/>: all names are read by each search.</summary>
    private const int LongestName = 64;

    private readonly Dictionary<string, int> _numbers;
    private readonly List<string> _new = [];

    private FieldNumbers(Dictionary<string, int> numbers) => _numbers = numbers;

    public static async ValueTask<FieldNumbers> ReadAsync(IReadSession session) => new(
        (await session.QueryAsync("SELECT name, number FROM fields", row => (Name: row.GetString(0), Number: row.GetInt32(1))))
        .ToDictionary(field => field.Name, field => field.Number, StringComparer.Ordinal));

    /// <summary>The number of a piece's field; a new name gets one.</summary>
    public int Take(IndexedPiece piece)
    {
        if (piece.Kind != PieceKind.Value)
            return piece.Kind == PieceKind.Body ? Body : Names;
        if (_numbers.TryGetValue(piece.FieldName, out int number))
            return number;
        number = Names + 1 + _numbers.Count;
        if (number >= Others || piece.FieldName.Length > LongestName)
            return Others;
        _numbers.Add(piece.FieldName, number);
        _new.Add(piece.FieldName);
        return number;
    }

    /// <summary>The number of a header field, <see cref="Others"/> when it may be among those, or -1 when no content has it.</summary>
    public int Find(string name) => _numbers.TryGetValue(name, out int number) ? number
        : Names + 1 + _numbers.Count >= Others || name.Length > LongestName ? Others : -1;

    /// <summary>Writes the new ones.</summary>
    public async ValueTask WriteAsync(IWriteSession session)
    {
        foreach (string name in _new)
            await session.ExecuteAsync("INSERT INTO fields(number, name) VALUES(@p0, @p1)", _numbers[name], name);
        _new.Clear();
    }
}
