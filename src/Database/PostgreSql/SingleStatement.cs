using System.Data.Common;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>A session for one statement, which is a snapshot by itself: there is no transaction around it, and a second one would see another.</summary>
internal sealed class SingleStatement(Session session) : IReadSession
{
    private bool _used;

    public ValueTask<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) => Use().QueryAsync(sql, map, arguments);

    public ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) =>
        Use().QueryFirstAsync(sql, map, arguments);

    public ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments) => Use().QueryLongAsync(sql, arguments);

    private Session Use()
    {
        if (_used)
            throw new InvalidOperationException("This query has one statement only.");
        _used = true;
        return session;
    }
}
