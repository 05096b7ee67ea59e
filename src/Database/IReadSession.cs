using System.Data.Common;

namespace UnifiedMsg.Database;

/// <summary>
/// Statements of one snapshot. SQL names its parameters <c>@p0</c>, <c>@p1</c> … in the order of the arguments; each distinct
/// text is prepared once per connection, so never build SQL out of values.
/// </summary>
/// <remarks>Arguments may be <see cref="long"/>, <see cref="int"/>, <see cref="uint"/>, <see cref="bool"/>, <see cref="double"/>,
/// <see cref="string"/>, <see cref="byte"/> arrays, <see cref="ReadOnlyMemory{T}"/> of bytes, <see cref="DateTimeOffset"/>
/// (stored as UTC microseconds since 1970) or null.</remarks>
public interface IReadSession
{
    /// <summary>Every row, mapped, in the order of the query.</summary>
    ValueTask<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments);

    /// <summary>The first row, mapped, or the default value of <typeparamref name="T"/> when there is none.</summary>
    ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments);

    /// <summary>The first column of the first row as an integer, or null when there is no row or the value is NULL.</summary>
    ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments);
}

/// <summary>Statements of one unit of work, all committed or none.</summary>
public interface IWriteSession : IReadSession
{
    /// <summary>Runs a statement and returns the number of rows it changed.</summary>
    ValueTask<int> ExecuteAsync(string sql, params object?[] arguments);

    /// <summary>Runs <paramref name="action"/> once this unit is durable, before the unit's task completes; never when it is undone.
    /// It must be quick and must not throw: this is where change notices are published.</summary>
    void OnCommitted(Action action);
}
