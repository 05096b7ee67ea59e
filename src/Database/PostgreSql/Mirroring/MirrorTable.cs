using System.Data.Common;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>A column of a table that is on both engines alike.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The word of the schema step: <c>INTEGER</c>, <c>TEXT</c> …</param>
internal sealed record MirrorColumn(string Name, string Type)
{
    public bool IsText => Type == "TEXT";

    /// <summary>The value as SQLite takes it; null for NULL.</summary>
    public object? Read(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : Type switch
    {
        "INTEGER" or "BIGINT" => row.GetInt64(ordinal),
        "TEXT" => row.GetString(ordinal),
        "BLOB" => row.GetFieldValue<byte[]>(ordinal),
        "REAL" => row.GetDouble(ordinal),
        _ => throw new InvalidOperationException($"The column {Name} has the type {Type}, which schema steps do not use."),
    };
}

/// <summary>A table that PostgreSQL and its mirror have alike, and the statements on it. A row is the values of its columns, those of the key first.</summary>
internal sealed class MirrorTable
{
    private readonly string _table;
    private readonly string _columns;
    private readonly string _key;
    private readonly string _isKey; // of SQLite, as in "a" = @p0 AND "b" = @p1
    private readonly string? _update;
    private readonly string _insert;
    private readonly string _delete;

    private MirrorTable(string name, bool isNumbered, IReadOnlyList<MirrorColumn> columns, int keyLength)
    {
        (Name, IsNumbered, Columns, KeyLength) = (name, isNumbered, columns, keyLength);
        _table = Quote(name);
        _columns = Join(columns, column => Quote(column.Name));
        _key = Join(columns.Take(keyLength), column => Quote(column.Name));
        _isKey = string.Join(" AND ", columns.Take(keyLength).Select((column, i) => $"{Quote(column.Name)} = @p{i}"));
        // What has another row's unique value takes it: that row has changed as well, or is gone, and comes later.
        _insert = $"INSERT OR REPLACE INTO {_table}({_columns}) VALUES({Join(Enumerable.Range(0, columns.Count), i => $"@p{i}")})";
        _update = keyLength == columns.Count
            ? null
            : $"UPDATE OR REPLACE {_table} SET {Join(Enumerable.Range(keyLength, columns.Count - keyLength), i => $"{Quote(columns[i].Name)} = @p{i}")} WHERE {_isKey}";
        _delete = $"DELETE FROM {_table} WHERE {_isKey}";
        KeyComparer = new RowComparer(keyLength);
    }

    public string Name { get; }

    /// <summary>Whether numbers that were given out never come again (<c>AUTOINCREMENT</c>).</summary>
    public bool IsNumbered { get; }

    public IReadOnlyList<MirrorColumn> Columns { get; }

    public int KeyLength { get; }

    /// <summary>Compares the keys of rows.</summary>
    public RowComparer KeyComparer { get; }

    /// <summary>For PostgreSQL: all columns of all rows, by the key in the order of octets, as SQLite has it.</summary>
    public string SelectAll =>
        $"SELECT {_columns} FROM {_table} ORDER BY {Join(Columns.Take(KeyLength), column => Quote(column.Name) + (column.IsText ? " COLLATE \"C\"" : ""))}";

    /// <summary>For COPY.</summary>
    public string Target => $"{_table}({_columns})";

    /// <summary>The columns of the key, for SQL of either engine.</summary>
    public string Key => _key;

    /// <summary>The tables of an opened mirror, those that others refer to before these.</summary>
    public static async Task<List<MirrorTable>> ReadAllAsync(IReadSession mirror)
    {
        var tables = new List<MirrorTable>();
        foreach ((string name, string sql) in await mirror.QueryAsync(
            @"SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid",
            row => (row.GetString(0), row.GetString(1))))
        {
            var columns = await mirror.QueryAsync(
                "SELECT name, type, pk FROM pragma_table_info(@p0) ORDER BY pk = 0, pk, cid",
                row => (Column: new MirrorColumn(row.GetString(0), row.GetString(1).ToUpperInvariant()), IsKey: row.GetInt64(2) > 0), name);
            int keyLength = columns.Count(column => column.IsKey);
            if (keyLength == 0)
                throw new InvalidOperationException($"The table {name} has no primary key, and so can't be mirrored.");
            tables.Add(new MirrorTable(
                name, sql.Contains("AUTOINCREMENT", StringComparison.OrdinalIgnoreCase), columns.ConvertAll(column => column.Column), keyLength));
        }
        return tables;
    }

    /// <summary>So many rows of the mirror with keys behind <paramref name="after"/> up to <paramref name="last"/>; null for no bound. Not of SQLite's
    /// own making: both name all of the key.</summary>
    public ValueTask<List<object?[]>> ReadRangeAsync(IReadSession mirror, object?[]? after, object?[]? last, int count)
    {
        object?[] arguments = [.. after?[..KeyLength] ?? [], .. last?[..KeyLength] ?? []];
        var bounds = new List<string>(2);
        if (after is not null)
            bounds.Add($"({_key}) > ({Places(0)})");
        if (last is not null)
            bounds.Add($"({_key}) <= ({Places(after is null ? 0 : KeyLength)})");
        string where = bounds.Count > 0 ? $" WHERE {string.Join(" AND ", bounds)}" : "";
        return mirror.QueryAsync($"SELECT {_columns} FROM {_table}{where} ORDER BY {_key} LIMIT {count}", row => ReadRow(row), arguments);
    }

    /// <summary>So many rows of the mirror behind a key, or the first.</summary>
    public ValueTask<List<object?[]>> ReadSomeAsync(IReadSession mirror, object?[]? after, int count) => mirror.QueryAsync(
        $"SELECT {_columns} FROM {_table}{(after is null ? "" : $" WHERE ({_key}) > ({Places(0)})")} ORDER BY {_key} LIMIT {count}",
        row => ReadRow(row), after?[..KeyLength] ?? []);

    /// <summary>The last number that was given out, whether its row is still there or not.</summary>
    public async ValueTask<long> ReadLastNumberAsync(IReadSession mirror)
    {
        long highest = await mirror.QueryLongAsync($"SELECT max({Quote(Columns[0].Name)}) FROM {_table}") ?? 0;
        return IsNumbered ? Math.Max(highest, await mirror.QueryLongAsync("SELECT seq FROM sqlite_sequence WHERE name = @p0", Name) ?? 0) : highest;
    }

    /// <summary>Puts a row into the mirror, in the place of the one with its key if there is one.</summary>
    public async ValueTask PutAsync(IWriteSession mirror, object?[] row)
    {
        // An update leaves the indexes alone whose columns did not change, and so their pages.
        if (_update is null || await mirror.ExecuteAsync(_update, row) == 0)
            await mirror.ExecuteAsync(_insert, row);
    }

    /// <summary>Takes the row with this key out of the mirror.</summary>
    public async ValueTask RemoveAsync(IWriteSession mirror, object?[] row) => await mirror.ExecuteAsync(_delete, row[..KeyLength]);

    /// <summary>Reads all columns.</summary>
    public object?[] ReadRow(DbDataReader row, int first = 0)
    {
        var values = new object?[Columns.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Columns[i].Read(row, first + i);
        return values;
    }

    /// <summary>Reads the key where it comes first.</summary>
    public object?[] ReadKey(DbDataReader row) => [.. Columns.Take(KeyLength).Select((column, i) => column.Read(row, i))];

    /// <summary>For PostgreSQL: the keys in another table, and all columns of the rows that have them.</summary>
    public string SelectOf(string keys) =>
        $"SELECT {Join(Columns.Take(KeyLength), column => $"k.{Quote(column.Name)}")}, {Join(Columns, column => $"t.{Quote(column.Name)}")} "
        + $"FROM (SELECT DISTINCT {_key} FROM {keys}) AS k LEFT JOIN {_table} AS t ON "
        + string.Join(" AND ", Columns.Take(KeyLength).Select(column => $"t.{Quote(column.Name)} = k.{Quote(column.Name)}"));

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    private string Places(int first) => Join(Enumerable.Range(first, KeyLength), i => $"@p{i}");

    private static string Join<T>(IEnumerable<T> parts, Func<T, string> write) => string.Join(", ", parts.Select(write));
}

/// <summary>Compares the first so many values of rows.</summary>
internal sealed class RowComparer(int length) : IEqualityComparer<object?[]>
{
    public bool Equals(object?[]? x, object?[]? y)
    {
        for (int i = 0; i < length; i++)
        {
            if (!AreEqual(x![i], y![i]))
                return false;
        }
        return true;
    }

    public int GetHashCode(object?[] row)
    {
        var hash = new HashCode();
        for (int i = 0; i < length; i++)
        {
            if (row[i] is byte[] octets)
                hash.AddBytes(octets);
            else
                hash.Add(row[i]);
        }
        return hash.ToHashCode();
    }

    public static bool AreEqual(object? x, object? y) =>
        x is byte[] left && y is byte[] right ? left.AsSpan().SequenceEqual(right) : Equals(x, y);
}
