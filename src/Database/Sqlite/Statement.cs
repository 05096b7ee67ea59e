using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>One prepared statement of one connection, with the places of its parameters.</summary>
internal sealed partial class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly int[] _places;
    private readonly string _sql;

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        _sql = sql;
        Check(raw.sqlite3_prepare_v3(connection, RowLock().Replace(sql, ""), raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt handle, out string tail));
        Handle = handle;
        if (!string.IsNullOrWhiteSpace(tail))
            throw new ArgumentException($"One statement at a time, but this follows the first: {tail}");
        _places = new int[raw.sqlite3_bind_parameter_count(handle)];
        for (int i = 0; i < _places.Length; i++)
        {
            _places[i] = raw.sqlite3_bind_parameter_index(handle, $"@p{i}");
            if (_places[i] == 0)
                throw new ArgumentException($"@p{i} is missing among the parameters of: {sql}");
        }
        ReadsOnly = raw.sqlite3_stmt_readonly(handle) != 0;
        Row = new StatementRow(handle);
    }

    public sqlite3_stmt Handle { get; }

    public StatementRow Row { get; }

    public bool ReadsOnly { get; }

    public void Bind(object?[] arguments)
    {
        if (arguments.Length != _places.Length)
            throw new ArgumentException($"{arguments.Length} arguments for {_places.Length} parameters of: {_sql}");
        for (int i = 0; i < arguments.Length; i++)
            Check(BindOne(_places[i], arguments[i]));
    }

    /// <summary>True when there is a row.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(Handle);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            Check(code);
        return false;
    }

    // Reset repeats the error of the step that failed, which was thrown already.
    public void Reset() => _ = raw.sqlite3_reset(Handle);

    public void Dispose() => Handle.Dispose();

    // Rows need no lock where one unit runs after the other.
    [GeneratedRegex(@"\s+FOR UPDATE(\s+SKIP LOCKED)?\s*$")]
    private static partial Regex RowLock();

    private int BindOne(int place, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(Handle, place),
        long number => raw.sqlite3_bind_int64(Handle, place, number),
        int number => raw.sqlite3_bind_int64(Handle, place, number),
        uint number => raw.sqlite3_bind_int64(Handle, place, number),
        bool truth => raw.sqlite3_bind_int64(Handle, place, truth ? 1 : 0),
        double number => raw.sqlite3_bind_double(Handle, place, number),
        string text => raw.sqlite3_bind_text(Handle, place, text),
        byte[] octets => BindOctets(place, octets),
        ReadOnlyMemory<byte> octets => BindOctets(place, octets.Span),
        Memory<byte> octets => BindOctets(place, octets.Span),
        DateTimeOffset time => raw.sqlite3_bind_int64(Handle, place, DatabaseTime.ToMicroseconds(time)),
        _ => throw new ArgumentException($"An argument can't be a {value.GetType()}."),
    };

    // A span without octets would be bound as NULL.
    private int BindOctets(int place, ReadOnlySpan<byte> octets) =>
        octets.IsEmpty ? raw.sqlite3_bind_zeroblob(Handle, place, 0) : raw.sqlite3_bind_blob(Handle, place, octets);

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _connection);
}
