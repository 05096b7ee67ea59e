using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>What an exception of a statement means for the unit that made it.</summary>
internal enum FaultKind
{
    /// <summary>The unit is wrong, or refuses: trying again would end the same.</summary>
    Final,

    /// <summary>It met another unit: both want what the other holds.</summary>
    Conflict,

    /// <summary>Another unit was first with a name: run again, this one sees it and says so in its own words.</summary>
    Race,

    /// <summary>The server is gone or restarts.</summary>
    Lost,
}

/// <summary>Reads exceptions of Npgsql.</summary>
internal static class Fault
{
    private const string IdleInTransaction = "25P03";

    public static FaultKind KindOf(Exception fault) => fault switch
    {
        UndoneCommitException => FaultKind.Lost,
        PostgresException server => server.SqlState switch
        {
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => FaultKind.Conflict,
            PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation => FaultKind.Race,
            // A newer server changed a table under a prepared statement; Npgsql prepares it anew.
            PostgresErrorCodes.FeatureNotSupported when server.MessageText.StartsWith("cached plan", StringComparison.Ordinal) => FaultKind.Race,
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.TooManyConnections or IdleInTransaction => FaultKind.Lost,
            // The server has become a standby, and another one takes the writes now or soon will. A query that writes looks the same from here;
            // it is tried for as long, and then told.
            PostgresErrorCodes.ReadOnlySqlTransaction => FaultKind.Lost,
            ['0', '8', ..] => FaultKind.Lost, // connection exceptions
            _ => FaultKind.Final,
        },
        NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException or TimeoutException } => FaultKind.Lost,
        _ => FaultKind.Final,
    };

    /// <summary>Whether it is about the statement and not about the server: a constraint, a value, a word. Who wrote the unit wants it as it is.</summary>
    public static bool IsOfStatement(Exception fault) =>
        KindOf(fault) != FaultKind.Lost
        && fault is PostgresException { SqlState: ['2', '2' or '3' or '5', ..] or ['4', '2', ..] or ['0', 'A', ..] };

    /// <summary>Whether the server said no to a commit. All else (the line broke, the server stops) leaves open whether it happened.</summary>
    public static bool IsRefusal(Exception fault) =>
        fault is PostgresException { InvariantSeverity: "ERROR" } server
        && (KindOf(server) != FaultKind.Lost || server.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction);
}

/// <summary>The connection broke during a commit, which did not happen.</summary>
internal sealed class UndoneCommitException(Exception inner) : NpgsqlException(inner.Message, inner);
