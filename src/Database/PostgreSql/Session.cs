using System.Data.Common;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>The statements of one unit or one query, on the connection that is lent to it.</summary>
internal sealed class Session(NpgsqlConnection connection, string node) : IWriteSession
{
    /// <summary>Statements that wait for the next one. More would only fill the buffers of the connection.</summary>
    private const int MaxPosted = 100;

    private const string LockSql = "SELECT pg_advisory_xact_lock(@p0)";

    private static readonly string LockText = SqlText.Of(LockSql).Text;

    private readonly List<NpgsqlBatchCommand> _posted = [];
    private bool _isClosed;
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
        static async (batch, map) =>
        {
            var rows = new List<T>();
            await using NpgsqlDataReader reader = await ReadLastAsync(batch);
            var row = new Row(reader);
            while (await reader.ReadAsync())
                rows.Add(map(row));
            return rows;
        },
        map);

    public ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (batch, map) =>
        {
            // Disposing the reader runs a statement with RETURNING to its end.
            await using NpgsqlDataReader reader = await ReadLastAsync(batch);
            return await reader.ReadAsync() ? map(new Row(reader)) : default;
        },
        map);

    public ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments) =>
        QueryFirstAsync(sql, static row => row.IsDBNull(0) ? null : (long?)row.GetInt64(0), arguments);

    public ValueTask<int> ExecuteAsync(string sql, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (batch, _) =>
        {
            await batch.ExecuteNonQueryAsync();
            return batch.BatchCommands[^1].RecordsAffected;
        },
        0);

    public async ValueTask PostAsync(string sql, params object?[] arguments)
    {
        Lent();
        _posted.Add(Command(sql, arguments));
        if (_posted.Count >= MaxPosted)
            await FlushAsync();
    }

    // The number is held before the next statement begins, which is as good.
    public ValueTask LockAsync(long key) => PostAsync(LockSql, key);

    /// <summary>Commits, along with what was posted.</summary>
    /// <exception cref="UncertainCommitException">The connection broke.</exception>
    public async Task CommitAsync()
    {
        _posted.Add(new NpgsqlBatchCommand("COMMIT"));
        try
        {
            await FlushAsync();
        }
        catch (Exception fault) when (!Fault.IsRefusal(fault))
        {
            throw new UncertainCommitException(fault);
        }
    }

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
    public void Close() => _isClosed = true;

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
        int[] numbers => new NpgsqlParameter<int[]> { TypedValue = numbers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
        long[] numbers => new NpgsqlParameter<long[]> { TypedValue = numbers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
        string[] texts => new NpgsqlParameter<string[]>
        {
            TypedValue = Array.ConvertAll(texts, SqlText.Sound),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        },
        _ => throw new ArgumentException($"An argument can't be a {value.GetType()}."),
    };

    private static NpgsqlParameter<long> Number(long number) => new() { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlBatchCommand Command(string sql, object?[] arguments)
    {
        SqlText text = SqlText.Of(sql);
        if (arguments.Length != text.Parameters)
            throw new ArgumentException($"{arguments.Length} arguments for {text.Parameters} parameters of: {sql}");
        var command = new NpgsqlBatchCommand(text.Text);
        foreach (object? argument in arguments)
            command.Parameters.Add(Bind(argument));
        return command;
    }

    // Of what was posted before, only locks give a result.
    private static async ValueTask<NpgsqlDataReader> ReadLastAsync(NpgsqlBatch batch)
    {
        NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        try
        {
            for (int i = 0; i < batch.BatchCommands.Count - 1; i++)
            {
                if (batch.BatchCommands[i].CommandText == LockText)
                    await reader.NextResultAsync();
            }
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<TResult> RunAsync<TResult, TState>(
        string sql, object?[] arguments, Func<NpgsqlBatch, TState, ValueTask<TResult>> run, TState state)
    {
        await using NpgsqlBatch batch = Lent().CreateBatch();
        NpgsqlBatchCommand last = Command(sql, arguments);
        foreach (NpgsqlBatchCommand posted in _posted)
            batch.BatchCommands.Add(posted);
        _posted.Clear();
        batch.BatchCommands.Add(last);
        try
        {
            return await run(batch, state);
        }
        catch (NpgsqlException)
        {
            Failed = true;
            throw;
        }
    }

    private async ValueTask FlushAsync()
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        foreach (NpgsqlBatchCommand posted in _posted)
            batch.BatchCommands.Add(posted);
        _posted.Clear();
        try
        {
            await batch.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException)
        {
            Failed = true;
            throw;
        }
    }

    private NpgsqlConnection Lent() =>
        !_isClosed ? connection : throw new InvalidOperationException("The session was used after its unit had returned.");
}
