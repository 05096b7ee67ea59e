using System.Collections;
using System.Data.Common;
using SQLitePCL;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>The current row of a statement, for the mapping functions. It moves only by its session.</summary>
/// <remarks>Ours and not Microsoft.Data.Sqlite's reader, because that one costs several allocations for each query and
/// checks for each column; a folder of many items is read through this.</remarks>
internal sealed class StatementRow(sqlite3_stmt statement) : DbDataReader
{
    public override int FieldCount => raw.sqlite3_column_count(statement);

    public override int Depth => 0;

    public override bool HasRows => true;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool IsDBNull(int ordinal) => raw.sqlite3_column_type(statement, ordinal) == raw.SQLITE_NULL;

    public override long GetInt64(int ordinal) => raw.sqlite3_column_int64(statement, ordinal);

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    public override double GetDouble(int ordinal) => raw.sqlite3_column_double(statement, ordinal);

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetDouble(ordinal);

    public override string GetString(int ordinal) => raw.sqlite3_column_text(statement, ordinal).utf8_to_string() ?? "";

    public override T GetFieldValue<T>(int ordinal) =>
        typeof(T) == typeof(byte[]) ? (T)(object)GetOctets(ordinal) : (T)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        ReadOnlySpan<byte> octets = raw.sqlite3_column_blob(statement, ordinal);
        if (buffer is null)
            return octets.Length;
        ReadOnlySpan<byte> part = octets[(int)Math.Min(dataOffset, octets.Length)..];
        part = part[..Math.Min(length, part.Length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    public override object GetValue(int ordinal) => raw.sqlite3_column_type(statement, ordinal) switch
    {
        raw.SQLITE_INTEGER => GetInt64(ordinal),
        raw.SQLITE_FLOAT => GetDouble(ordinal),
        raw.SQLITE_TEXT => GetString(ordinal),
        raw.SQLITE_BLOB => GetOctets(ordinal),
        _ => DBNull.Value,
    };

    public override int GetValues(object[] values)
    {
        int count = Math.Min(values.Length, FieldCount);
        for (int i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override string GetName(int ordinal) => raw.sqlite3_column_name(statement, ordinal).utf8_to_string();

    public override int GetOrdinal(string name)
    {
        for (int i = 0; i < FieldCount; i++)
        {
            if (string.Equals(GetName(i), name, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        throw new IndexOutOfRangeException($"No column is named {name}.");
    }

    public override Type GetFieldType(int ordinal) => GetValue(ordinal).GetType();

    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;

    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    public override DateTime GetDateTime(int ordinal) => this.GetTime(ordinal).UtcDateTime;

    public override Guid GetGuid(int ordinal) => new(GetOctets(ordinal));

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("Read text with GetString.");

    public override IEnumerator GetEnumerator() => throw new NotSupportedException("The session moves from row to row.");

    public override bool Read() => throw new NotSupportedException("The session moves from row to row.");

    public override bool NextResult() => false;

    private byte[] GetOctets(int ordinal) => raw.sqlite3_column_blob(statement, ordinal).ToArray();
}
