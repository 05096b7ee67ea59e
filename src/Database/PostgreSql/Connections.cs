using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>The pools of connections: those that write, those that read, two for the notices between servers, one for each
/// <see cref="SessionLock"/>, and one for each commit whose connection broke.</summary>
internal sealed class Connections : IAsyncDisposable
{
    /// <summary>Statements kept prepared on each connection.</summary>
    private const int MaxPrepared = 256;

    /// <summary>A statement that takes longer, waiting for locks included, has met something that does not end.</summary>
    private const int StatementSeconds = 60;

    /// <summary>
    /// Commands that last too long break the connection. PostgreSQL would take a request to cancel for leave to commit without the standby that has
    /// to have everything, and say that it had committed.
    /// </summary>
    public const int NoCancel = -1;

    /// <summary>How soon a server that vanished without a word is noticed by the connection that only listens.</summary>
    private const int KeepAliveSeconds = 10;

    public Connections(NpgsqlConnectionStringBuilder where, PostgreSqlOptions options, bool mustSync)
    {
        // A server that stands still amid a unit must not keep the others from the accounts that the unit has locked.
        string write = "-c idle_in_transaction_session_timeout=60000" + Sync(mustSync);
        Writers = Pool(where, write, options.MaxWriters);
        Readers = Pool(where, "-c default_transaction_read_only=on", options.MaxReaders);
        // A notice is nothing that has to survive.
        Telling = Pool(where, "-c synchronous_commit=off", 1);
        Asking = ForAsking(where, mustSync, options.MaxOutage);
        Hearing = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(where.ConnectionString)
        {
            Pooling = false,
            KeepAlive = KeepAliveSeconds,
            ApplicationName = NoticeListener.ApplicationName,
        });
        // Whoever waits for a lock of a server that vanished without a word gets it when PostgreSQL notices.
        Holding = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(where.ConnectionString)
        {
            Options = Join(where.Options, "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"),
            Pooling = false,
            KeepAlive = KeepAliveSeconds,
        });
    }

    public NpgsqlDataSource Writers { get; }

    public NpgsqlDataSource Readers { get; }

    public NpgsqlDataSource Telling { get; }

    public NpgsqlDataSource Hearing { get; }

    public NpgsqlDataSource Holding { get; }

    public NpgsqlDataSource Asking { get; }

    /// <exception cref="DatabaseException">It is no connection string.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connection)
    {
        NpgsqlConnectionStringBuilder where;
        try
        {
            where = new NpgsqlConnectionStringBuilder(connection);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidOperationException)
        {
            // The exception's text may hold a value, and so a password.
            throw new DatabaseException(
                "The connection to PostgreSQL is not written as 'Host=…;Database=…;Username=…;Password=…'. The words are those of Npgsql.");
        }
        if (string.IsNullOrEmpty(where.Host) || string.IsNullOrEmpty(where.Database))
            throw new DatabaseException("The connection to PostgreSQL needs at least 'Host=…;Database=…'.");
        where.ApplicationName ??= "unifiedmsg";
        return where;
    }

    /// <summary>For one connection that is closed after its use.</summary>
    public static string Single(NpgsqlConnectionStringBuilder where) =>
        new NpgsqlConnectionStringBuilder(where.ConnectionString) { Pooling = false }.ConnectionString;

    /// <summary>For a <see cref="CommitInquiry"/>.</summary>
    public static NpgsqlDataSource ForAsking(NpgsqlConnectionStringBuilder where, bool mustSync, TimeSpan maxOutage) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(where.ConnectionString)
        {
            // A commit that is under way is asked for again, and not by ever more connections that wait for it.
            Options = Join(where.Options, "-c lock_timeout=1000" + Sync(mustSync)),
            Pooling = false,
            CancellationTimeout = NoCancel,
            // Nothing else ends the wait for a server that takes a connection and then says nothing.
            Timeout = Math.Clamp((int)maxOutage.TotalSeconds / 3, 1, Math.Max(1, where.Timeout)),
        });

    public async ValueTask DisposeAsync()
    {
        await Writers.DisposeAsync();
        await Readers.DisposeAsync();
        await Telling.DisposeAsync();
        await Hearing.DisposeAsync();
        await Holding.DisposeAsync();
        await Asking.DisposeAsync();
    }

    private static string Sync(bool mustSync) => mustSync ? " -c synchronous_commit=on" : "";

    private static string Join(string? own, string settings) => own is { Length: > 0 } ? $"{own} {settings}" : settings;

    private static NpgsqlDataSource Pool(NpgsqlConnectionStringBuilder where, string settings, int size) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(where.ConnectionString)
        {
            Options = Join(where.Options, settings),
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = size,
            MaxAutoPrepare = MaxPrepared,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true, // a unit changes no setting of its session
            CommandTimeout = where.ContainsKey("Command Timeout") ? where.CommandTimeout : StatementSeconds,
            CancellationTimeout = NoCancel,
        });
}
