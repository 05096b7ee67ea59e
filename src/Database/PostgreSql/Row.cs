using System.Collections;
using System.Data.Common;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>The current row of a query, for the mapping functions. It moves only by its session.</summary>
/// <remarks>SQLite knows no truth values: they are 0 and 1. Here a column may be either, and both can be read as either.</remarks>
internal sealed class Row(NpgsqlDataReader reader) : DbDataReader
{
    private readonly bool[] _isTruth = FindTruth(reader);

    public override int FieldCount => reader.FieldCount;

    public override int Depth => 0;

    public override bool HasRows => true;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool IsDBNull(int ordinal) => reader.IsDBNull(ordinal);

    public override long GetInt64(int ordinal) =>
        !_isTruth[ordinal] ? reader.GetInt64(ordinal) : reader.GetBoolean(ordinal) ? 1 : 0;

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override bool GetBoolean(int ordinal) => _isTruth[ordinal] ? reader.GetBoolean(ordinal) : reader.GetInt64(ordinal) != 0;

    public override double GetDouble(int ordinal) => reader.GetDouble(ordinal);

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override decimal GetDecimal(int ordinal) => reader.GetDecimal(ordinal);

    public override string GetString(int ordinal) => reader.GetString(ordinal);

    public override T GetFieldValue<T>(int ordinal) => reader.GetFieldValue<T>(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        reader.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override object GetValue(int ordinal) => _isTruth[ordinal] && !IsDBNull(ordinal) ? GetInt64(ordinal) : reader.GetValue(ordinal);

    public override int GetValues(object[] values)
    {
        int count = Math.Min(values.Length, FieldCount);
        for (int i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override string GetName(int ordinal) => reader.GetName(ordinal);

    public override int GetOrdinal(string name) => reader.GetOrdinal(name);

    public override Type GetFieldType(int ordinal) => _isTruth[ordinal] ? typeof(long) : reader.GetFieldType(ordinal);

    public override string GetDataTypeName(int ordinal) => reader.GetDataTypeName(ordinal);

    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    public override DateTime GetDateTime(int ordinal) => this.GetTime(ordinal).UtcDateTime;

    public override Guid GetGuid(int ordinal) => new(GetFieldValue<byte[]>(ordinal));

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("Read text with GetString.");

    public override IEnumerator GetEnumerator() => throw new NotSupportedException("The session moves from row to row.");

    public override bool Read() => throw new NotSupportedException("The session moves from row to row.");

    public override bool NextResult() => false;

    private static bool[] FindTruth(NpgsqlDataReader reader)
    {
        var isTruth = new bool[reader.FieldCount];
        for (int i = 0; i < isTruth.Length; i++)
            isTruth[i] = reader.GetFieldType(i) == typeof(bool);
        return isTruth;
    }
}
