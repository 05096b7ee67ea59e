using System.Data.Common;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>The statements of one unit or one query, on the connection that is lent to it. All complete at once.</summary>
internal sealed class Session(Connection connection) : IWriteSession
{
    private Connection? _connection = connection;
    private List<Action>? _committed;

    public ValueTask<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments)
    {
        Statement statement = Prepare(sql);
        try
        {
            statement.Bind(arguments);
            var rows = new List<T>();
            while (statement.Step())
                rows.Add(map(statement.Row));
            return new(rows);
        }
        finally
        {
            statement.Reset();
        }
    }

    public ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments)
    {
        Statement statement = Prepare(sql);
        try
        {
            statement.Bind(arguments);
            if (!statement.Step())
                return new(default(T?));
            T? first = map(statement.Row);
            // A statement with RETURNING ends properly only after its last row.
            while (!statement.ReadsOnly && statement.Step()) { }
            return new(first);
        }
        finally
        {
            statement.Reset();
        }
    }

    public ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments) =>
        QueryFirstAsync(sql, static row => row.IsDBNull(0) ? null : (long?)row.GetInt64(0), arguments);

    public ValueTask<int> ExecuteAsync(string sql, params object?[] arguments) => new(Lent().Execute(sql, arguments));

    public ValueTask PostAsync(string sql, params object?[] arguments)
    {
        Lent().Execute(sql, arguments);
        return ValueTask.CompletedTask;
    }

    public ValueTask<Posted> PostQueryAsync(string sql, params object?[] arguments)
    {
        var posted = new Posted();
        posted.Set(QueryLongAsync(sql, arguments).Result);
        return new(posted);
    }

    // One unit runs after the other, so there is nobody to wait for.
    public ValueTask LockAsync(long key)
    {
        Lent();
        return ValueTask.CompletedTask;
    }

    // No other server works on the file.
    public void Notify(string topic, string text) => Lent();

    public void OnCommitted(Action action)
    {
        Lent();
        (_committed ??= []).Add(action);
    }

    /// <summary>Takes the connection back; whoever kept the session can do nothing with it any more.</summary>
    public void Close() => _connection = null;

    public IReadOnlyList<Action> Committed => _committed ?? (IReadOnlyList<Action>)[];

    private Statement Prepare(string sql) => Lent().Prepare(sql);

    private Connection Lent() =>
        _connection ?? throw new InvalidOperationException("The session was used after its unit had returned.");
}
