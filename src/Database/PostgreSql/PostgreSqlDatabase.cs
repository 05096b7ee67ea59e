using System.Data;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql.Mirroring;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>A PostgreSQL database, shared with other servers. Each unit is a transaction on a pooled connection.</summary>
public sealed partial class PostgreSqlDatabase : IDatabase
{
    private readonly Connections _connections;
    private readonly NoticeListener _hearing;
    private readonly NoticeSender _telling;
    private readonly CommitMarks _marks;
    private readonly CommitInquiry _inquiry;
    private readonly PostgreSqlOptions _options;
    private readonly string _node;
    private readonly ILogger _logger;
    private readonly SharedCommits _shared;
    private readonly Mirror? _mirror;
    private readonly SemaphoreSlim _writers;
    private readonly SemaphoreSlim _readers;
    private readonly Lock _acknowledging = new();
    private volatile bool _disposed;
    private volatile bool _ended;

    private PostgreSqlDatabase(Connections connections, NoticeListener hearing, Mirror? mirror, PostgreSqlOptions options, string node, ILogger logger)
    {
        _connections = connections;
        _hearing = hearing;
        _mirror = mirror;
        _telling = new NoticeSender(connections.Telling, logger);
        _marks = new CommitMarks(connections.Telling, node);
        _inquiry = new CommitInquiry(connections.Asking, _marks, options.MaxOutage);
        _options = options;
        _node = node;
        _logger = logger;
        _shared = new SharedCommits(WriteSharedAsync);
        _writers = new SemaphoreSlim(options.MaxWriters);
        _readers = new SemaphoreSlim(options.MaxReaders);
    }

    /// <summary>Connects, and brings the schemas of the components up to date.</summary>
    /// <param name="options">Where it is and how it is used.</param>
    /// <param name="schemas">The schemas of the components that will use it.</param>
    /// <param name="loggers">For faults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onProgress">Told how far the steps are that existing data takes.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="NewerSchemaException">A newer program wrote it. Nothing was changed.</exception>
    /// <exception cref="DatabaseException">It can't be reached or used; says what to do.</exception>
    public static async Task<PostgreSqlDatabase> OpenAsync(
        PostgreSqlOptions options, IReadOnlyList<MigrationSet> schemas, ILoggerFactory loggers, TimeProvider time,
        Action<SchemaProgress>? onProgress = null, CancellationToken cancellationToken = default)
    {
        SchemaVersions.Validate(schemas);
        NpgsqlConnectionStringBuilder where = Connections.Parse(options.Connection);
        ILogger logger = loggers.CreateLogger<PostgreSqlDatabase>();
        string node = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        Connections? connections = null;
        try
        {
            await using (var connection = new NpgsqlConnection(Connections.Single(where)))
            {
                await connection.OpenAsync(cancellationToken);
                connections = new Connections(where, options, await ServerCheck.RequireAsync(connection, cancellationToken));
                await ChangeCapture.RemoveAbandonedAsync(connection, cancellationToken);
                using var reporter = new SchemaReporter(logger, time, onProgress);
                await PostgreSqlSchema.MigrateAsync(connection, schemas, time, reporter, cancellationToken);
            }
            NoticeListener hearing = await NoticeListener.StartAsync(connections.Hearing, node, options.WatchEvery, logger, cancellationToken);
            Mirror? mirror = options.MirrorFolder is { } folder ? new Mirror(connections.Holding, folder, schemas, time) : null;
            return new PostgreSqlDatabase(connections, hearing, mirror, options, node, logger);
        }
        catch (Exception fault)
        {
            if (connections is not null)
                await connections.DisposeAsync();
            if (fault is NpgsqlException)
                throw ServerCheck.Explain(where, fault);
            throw;
        }
    }

    // Units do not wait for each other here.
    /// <inheritdoc/>
    public Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
        WriteAsync(unit, cancellationToken);

    /// <inheritdoc/>
    public async Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default)
    {
        await EnterAsync(_writers, cancellationToken);
        try
        {
            return await RunAsync(() => WriteOnceAsync(unit));
        }
        finally
        {
            _writers.Release();
        }
    }

    /// <inheritdoc/>
    public Task<T> WriteTogetherAsync<T>(long key, Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
        _shared.SubmitAsync(key, unit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default) =>
        ReadAsync(() => ReadOnceAsync(query), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<T> ReadOneAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default) =>
        ReadAsync(() => ReadStatementAsync(query), cancellationToken);

    /// <inheritdoc/>
    public bool TakesArrays => true;

    /// <inheritdoc/>
    public IDisposable Listen(string topic, Func<string?, ValueTask> onNotice) => _hearing.Add(topic, onNotice);

    /// <summary>The pages of a copy, for backups; null without a folder for it.</summary>
    public IPageSource? Pages => _mirror;

    /// <summary>A number that one server at a time holds by a connection of its own. Dispose it before the database.</summary>
    public SessionLock LockOf(long key) => new(_connections.Holding, key);

    /// <summary>Runs what waits to its end, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        if (_mirror is not null)
            await _mirror.DisposeAsync();
        await _shared.CloseAsync();
        Task[] writers = TakeAll(_writers, _options.MaxWriters);
        Task[] readers = TakeAll(_readers, _options.MaxReaders);
        _disposed = true;
        await Task.WhenAll([.. writers, .. readers]);
        _ended = true;
        // Whoever came behind these is let through, and told that the database is closed.
        _writers.Release(_options.MaxWriters);
        _readers.Release(_options.MaxReaders);
        await _telling.DisposeAsync();
        await _marks.CloseAsync();
        await _hearing.DisposeAsync();
        await _connections.DisposeAsync();
    }

    private async ValueTask<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        await EnterAsync(_readers, cancellationToken);
        try
        {
            return await RunAsync(read);
        }
        finally
        {
            _readers.Release();
        }
    }

    private async ValueTask EnterAsync(SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await slots.WaitAsync(cancellationToken);
        if (!_ended)
            return;
        slots.Release();
        throw new ObjectDisposedException(nameof(PostgreSqlDatabase), "The database is closed.");
    }

    private static Task[] TakeAll(SemaphoreSlim slots, int count) => [.. Enumerable.Range(0, count).Select(_ => slots.WaitAsync())];

    private async Task<T> RunAsync<T>(Func<Task<T>> run)
    {
        var attempts = new Attempts(_options.MaxOutage);
        while (true)
        {
            try
            {
                return await run();
            }
            catch (NpgsqlException fault)
            {
                if (!attempts.Allows(fault))
                {
                    Exception told = Attempts.Explain(fault);
                    if (told == fault)
                        throw;
                    throw told;
                }
            }
            await attempts.WaitAsync();
        }
    }

    private async Task<T> WriteOnceAsync<T>(Func<IWriteSession, ValueTask<T>> unit)
    {
        await using NpgsqlConnection connection = await _connections.Writers.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var session = new Session(connection, _node);
        T result;
        try
        {
            result = await unit(session);
        }
        finally
        {
            session.Close();
        }
        RequireSound(session);
        await CommitAsync(connection, [session]);
        Acknowledge(session);
        return result;
    }

    // A unit that fails undoes the others of its transaction, so all are run again, each by itself: then it fails alone.
    private async Task WriteSharedAsync(IReadOnlyList<WorkUnit> units)
    {
        await _writers.WaitAsync();
        try
        {
            if (units.Count > 1 && await TryWriteTogetherAsync(units))
                return;
            foreach (WorkUnit unit in units)
                await WriteAloneAsync(unit);
        }
        finally
        {
            _writers.Release();
        }
    }

    private async Task WriteAloneAsync(WorkUnit unit)
    {
        try
        {
            await RunAsync(() => WriteOnceAsync(async session =>
            {
                await unit.RunAsync(session);
                return true;
            }));
            unit.Complete();
        }
        catch (Exception fault)
        {
            unit.Fail(fault);
        }
    }

    /// <summary>False when nothing was stored.</summary>
    private async Task<bool> TryWriteTogetherAsync(IReadOnlyList<WorkUnit> units)
    {
        try
        {
            foreach (Session session in await WriteOnceAsync(units))
                Acknowledge(session);
            foreach (WorkUnit unit in units)
                unit.Complete();
            return true;
        }
        catch (UncertainCommitException fault)
        {
            foreach (WorkUnit unit in units)
                unit.Fail(fault);
            return true;
        }
        catch (Exception fault)
        {
            Log.RunAgain(_logger, units.Count, fault);
            return false;
        }
    }

    private async Task<List<Session>> WriteOnceAsync(IReadOnlyList<WorkUnit> units)
    {
        await using NpgsqlConnection connection = await _connections.Writers.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var sessions = new List<Session>(units.Count);
        foreach (WorkUnit unit in units)
        {
            Session session = sessions.Count == 0 ? new Session(connection, _node) : sessions[^1].Next();
            // The first may wait as long as any. The others hold what the first has locked, and so could wait for one that waits for them.
            if (sessions.Count == 1)
                session.LimitWaits();
            sessions.Add(session);
            try
            {
                await unit.RunAsync(session);
            }
            finally
            {
                session.Close();
            }
            RequireSound(session);
        }
        await CommitAsync(connection, sessions);
        return sessions;
    }

    private async Task CommitAsync(NpgsqlConnection connection, IReadOnlyList<Session> sessions)
    {
        int process = connection.ProcessID;
        using CommitMark mark = _marks.Take();
        try
        {
            await sessions[^1].CommitAsync(mark);
        }
        catch (UncertainCommitException fault)
        {
            CommitOutcome outcome = await _inquiry.AskAsync(mark.Number, process);
            Log.Asked(_logger, outcome, fault);
            if (outcome == CommitOutcome.Committed)
                return;
            if (outcome == CommitOutcome.Undone)
                throw new UndoneCommitException(fault.InnerException ?? fault);
            // If it happened, nobody was told of the changes. Being told of some that did not happen costs a look.
            foreach (Session session in sessions)
                _telling.Send(session.Notices);
            _hearing.LookAgain();
            throw;
        }
    }

    private static void RequireSound(Session session)
    {
        if (session.Failed)
            throw new InvalidOperationException("A unit went on after one of its statements had failed.");
    }

    private async Task<T> ReadOnceAsync<T>(Func<IReadSession, ValueTask<T>> query)
    {
        await using NpgsqlConnection connection = await _connections.Readers.OpenConnectionAsync();
        // Read only by a setting of these connections.
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var session = new Session(connection, _node);
        try
        {
            return await query(session);
        }
        finally
        {
            session.Close();
        }
    }

    private async Task<T> ReadStatementAsync<T>(Func<IReadSession, ValueTask<T>> query)
    {
        await using NpgsqlConnection connection = await _connections.Readers.OpenConnectionAsync();
        var session = new Session(connection, _node);
        try
        {
            return await query(new SingleStatement(session));
        }
        finally
        {
            session.Close();
        }
    }

    private void Acknowledge(Session session)
    {
        if (session.Committed.Count == 0 && session.Notices.Count == 0)
            return;
        lock (_acknowledging)
        {
            _telling.Send(session.Notices);
            foreach (Action action in session.Committed)
            {
                try
                {
                    action();
                }
                catch (Exception fault)
                {
                    // What is committed is committed; the unit's caller must hear so whatever a listener does.
                    Log.ListenerFailed(_logger, fault);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2024, LogLevel.Debug, "{Units} units that shared a transaction are run again, each by itself")]
        public static partial void RunAgain(ILogger logger, int units, Exception fault);

        [LoggerMessage(2025, LogLevel.Information, "The connection broke during a commit, and the server was asked what became of it: {Outcome}")]
        public static partial void Asked(ILogger logger, CommitOutcome outcome, Exception fault);

        [LoggerMessage(2022, LogLevel.Error, "A listener of committed changes failed")]
        public static partial void ListenerFailed(ILogger logger, Exception fault);
    }
}
