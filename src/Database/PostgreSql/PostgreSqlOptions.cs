namespace UnifiedMsg.Database.PostgreSql;

/// <summary>How a PostgreSQL database is used.</summary>
public sealed record PostgreSqlOptions
{
    /// <summary>Where the database is, in the words of Npgsql: <c>Host=…;Database=…;Username=…;Password=…</c>. Never logged.</summary>
    public required string Connection { get; init; }

    /// <summary>Units that run at the same time, each on a connection of its own. More callers wait in turn, which is the
    /// back-pressure that protocols feel.</summary>
    public int MaxWriters { get; init; } = 16;

    /// <summary>Queries that run at the same time, each on a connection of its own.</summary>
    public int MaxReaders { get; init; } = 16;

    /// <summary>How long a unit or a query waits for a server that is restarted before it is told that there is none.</summary>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The folder of the copy from which backups are taken; it takes as much room as the database. Null: none are taken.</summary>
    public string? MirrorFolder { get; init; }

    /// <summary>How soon the others look after a server has died that may not have told of its last changes.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(5);
}
