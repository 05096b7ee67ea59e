using System.Data.Common;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>The statements of one unit or one query, on the connection that is lent to it.</summary>
internal sealed class Session(NpgsqlConnection connection, string node) : IWriteSession
{
    private NpgsqlConnection? _connection = connection;
    private List<Action>? _committed;
    private List<string>? _notices;

    /// <summary>What to do after the commit.</summary>
    public IReadOnlyList<Action> Committed => _committed ?? (IReadOnlyList<Action>)[];

    /// <summary>What to tell other servers with the commit.</summary>
    public IReadOnlyList<string> Notices => _notices ?? (IReadOnlyList<string>)[];

    /// <summary>Whether a statement failed: the server then does nothing more of this transaction, and makes a commit a rollback.</summary>
    public bool Failed { get; private set; }

    public ValueTask<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (command, map) =>
        {
            var rows = new List<T>();
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            var row = new Row(reader);
            while (await reader.ReadAsync())
                rows.Add(map(row));
            return rows;
        },
        map);

    public ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (command, map) =>
        {
            // Disposing the reader runs a statement with RETURNING to its end.
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync() ? map(new Row(reader)) : default;
        },
        map);

    public ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments) =>
        QueryFirstAsync(sql, static row => row.IsDBNull(0) ? null : (long?)row.GetInt64(0), arguments);

    public ValueTask<int> ExecuteAsync(string sql, params object?[] arguments) =>
        // Statements that change no rows, such as those of schemas, answer -1.
        RunAsync(sql, arguments, static async (command, _) => Math.Max(0, await command.ExecuteNonQueryAsync()), 0);

    public async ValueTask LockAsync(long key) => await QueryFirstAsync("SELECT pg_advisory_xact_lock(@p0)", static _ => 0, key);

    public void Notify(string topic, string text)
    {
        Lent();
        if (Encoding.UTF8.GetByteCount(text) > IWriteSession.MaxNoticeOctets)
            throw new ArgumentException($"A notice has at most {IWriteSession.MaxNoticeOctets} octets.");
        (_notices ??= []).Add($"{node} {topic} {text}");
    }

    public void OnCommitted(Action action)
    {
        Lent();
        (_committed ??= []).Add(action);
    }

    /// <summary>Takes the connection back; whoever kept the session can do nothing with it any more.</summary>
    public void Close() => _connection = null;

    public static NpgsqlParameter Bind(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        long number => Number(number),
        int number => Number(number),
        uint number => Number(number),
        bool truth => Number(truth ? 1 : 0),
        DateTimeOffset time => Number(DatabaseTime.ToMicroseconds(time)),
        double number => new NpgsqlParameter<double> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Double },
        string text => new NpgsqlParameter<string> { TypedValue = SqlText.Sound(text), NpgsqlDbType = NpgsqlDbType.Text },
        byte[] octets => new NpgsqlParameter<byte[]> { TypedValue = octets, NpgsqlDbType = NpgsqlDbType.Bytea },
        ReadOnlyMemory<byte> octets => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = octets, NpgsqlDbType = NpgsqlDbType.Bytea },
        Memory<byte> octets => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = octets, NpgsqlDbType = NpgsqlDbType.Bytea },
        _ => throw new ArgumentException($"An argument can't be a {value.GetType()}."),
    };

    private static NpgsqlParameter<long> Number(long number) => new() { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint };

    private async ValueTask<TResult> RunAsync<TResult, TState>(
        string sql, object?[] arguments, Func<NpgsqlCommand, TState, ValueTask<TResult>> run, TState state)
    {
        NpgsqlConnection lent = Lent();
        SqlText text = SqlText.Of(sql);
        if (arguments.Length != text.Parameters)
            throw new ArgumentException($"{arguments.Length} arguments for {text.Parameters} parameters of: {sql}");
        await using var command = new NpgsqlCommand(text.Text, lent);
        foreach (object? argument in arguments)
            command.Parameters.Add(Bind(argument));
        try
        {
            return await run(command, state);
        }
        catch (NpgsqlException)
        {
            Failed = true;
            throw;
        }
    }

    private NpgsqlConnection Lent() =>
        _connection ?? throw new InvalidOperationException("The session was used after its unit had returned.");
}
