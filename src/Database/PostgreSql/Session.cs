using System.Data.Common;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>The statements of one unit or one query, on the connection that is lent to it.</summary>
/// <param name="connection">The connection.</param>
/// <param name="node">This server.</param>
/// <param name="posted">What a unit before it in the same transaction has posted and not sent, if there is one.</param>
internal sealed class Session(NpgsqlConnection connection, string node, List<Session.PostedCommand>? posted = null) : IWriteSession
{
    /// <summary>Statements that wait for the next one. More would only fill the buffers of the connection.</summary>
    private const int MaxPosted = 100;

    private const string LockSql = "SELECT pg_advisory_xact_lock(@p0)";

    // Far more than a statement takes, and far less than the server takes to look for units that wait for each other.
    private const string ShortWaits = "SET LOCAL lock_timeout = '10ms'";

    private readonly List<PostedCommand> _posted = posted ?? [];
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
        static async (_, reader, map) =>
        {
            var rows = new List<T>();
            var row = new Row(reader);
            while (await reader.ReadAsync())
                rows.Add(map(row));
            return rows;
        },
        map);

    public ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (_, reader, map) => await reader.ReadAsync() ? map(new Row(reader)) : default,
        map);

    public ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments) =>
        QueryFirstAsync(sql, ReadLong, arguments);

    public ValueTask<int> ExecuteAsync(string sql, params object?[] arguments) => RunAsync(
        sql, arguments,
        static async (last, reader, _) =>
        {
            while (await reader.NextResultAsync()) { }
            return last.RecordsAffected;
        },
        0);

    public ValueTask PostAsync(string sql, params object?[] arguments) => PostAsync(new PostedCommand(Command(sql, arguments)));

    public async ValueTask<Posted> PostQueryAsync(string sql, params object?[] arguments)
    {
        var outcome = new Posted();
        await PostAsync(new PostedCommand(Command(sql, arguments), GivesRows: true, outcome));
        return outcome;
    }

    // The number is held before the next statement begins, which is as good.
    public ValueTask LockAsync(long key) => PostAsync(new PostedCommand(Command(LockSql, [key]), GivesRows: true));

    /// <summary>The session of the next unit in the same transaction. What this one has posted goes along with its first statement.</summary>
    public Session Next() => new(connection, node, _posted);

    /// <summary>From here on, to the end of the transaction, no statement waits for long for what another transaction has locked: it fails.</summary>
    public void LimitWaits() => _posted.Add(new PostedCommand(new NpgsqlBatchCommand(ShortWaits)));

    /// <summary>Commits, along with what was posted, and leaves a mark.</summary>
    /// <exception cref="UncertainCommitException">The connection broke.</exception>
    public async Task CommitAsync(CommitMark mark)
    {
        _posted.Add(new PostedCommand(mark.Insert()));
        _posted.Add(new PostedCommand(new NpgsqlBatchCommand("COMMIT")));
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

    private static long? ReadLong(DbDataReader row) => row.IsDBNull(0) ? null : row.GetInt64(0);

    private async ValueTask PostAsync(PostedCommand command)
    {
        Lent();
        _posted.Add(command);
        if (_posted.Count >= MaxPosted)
            await FlushAsync();
    }

    private async ValueTask<TResult> RunAsync<TResult, TState>(
        string sql, object?[] arguments, Func<NpgsqlBatchCommand, NpgsqlDataReader, TState, ValueTask<TResult>> read, TState state)
    {
        Lent();
        NpgsqlBatchCommand last = Command(sql, arguments);
        _posted.Add(new PostedCommand(last));
        try
        {
            await using NpgsqlBatch batch = connection.CreateBatch();
            // Disposing the reader runs a statement with RETURNING to its end.
            await using NpgsqlDataReader reader = await SendAsync(batch);
            return await read(last, reader, state);
        }
        catch (NpgsqlException)
        {
            Failed = true;
            throw;
        }
    }

    private async ValueTask FlushAsync()
    {
        try
        {
            await using NpgsqlBatch batch = connection.CreateBatch();
            await using NpgsqlDataReader reader = await SendAsync(batch);
            while (await reader.NextResultAsync()) { }
        }
        catch (NpgsqlException)
        {
            Failed = true;
            throw;
        }
    }

    // The reader is behind the outcomes of what was posted: at the rows of the last statement, if it is one that is waited for.
    private async ValueTask<NpgsqlDataReader> SendAsync(NpgsqlBatch batch)
    {
        PostedCommand[] sent = [.. _posted];
        _posted.Clear();
        foreach (PostedCommand command in sent)
            batch.BatchCommands.Add(command.Command);
        NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        try
        {
            foreach (PostedCommand command in sent)
            {
                if (!command.GivesRows)
                    continue;
                command.Outcome?.Set(await reader.ReadAsync() ? ReadLong(new Row(reader)) : null);
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

    private NpgsqlConnection Lent() =>
        !_isClosed ? connection : throw new InvalidOperationException("The session was used after its unit had returned.");

    /// <summary>A statement that waits for the next one.</summary>
    /// <param name="Command">What the server gets.</param>
    /// <param name="GivesRows">Whether its rows have to be passed before those of the next one.</param>
    /// <param name="Outcome">Who asks for them.</param>
    internal readonly record struct PostedCommand(NpgsqlBatchCommand Command, bool GivesRows = false, Posted? Outcome = null);
}
