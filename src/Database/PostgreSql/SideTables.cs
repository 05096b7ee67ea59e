using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>Tables beside the others, of what can be made again: that they are missing or damaged is told apart from other faults.</summary>
/// <param name="database">Where they are.</param>
/// <param name="name">What people are told they are.</param>
public sealed class SideTables(PostgreSqlDatabase database, string name)
{
    private const string DataCorrupted = "XX001";
    private const string IndexCorrupted = "XX002";

    /// <summary>Runs a transaction on them.</summary>
    /// <exception cref="DamagedDatabaseException">They are missing or damaged: remove them and begin anew.</exception>
    public async Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default)
    {
        try
        {
            return await database.WriteAsync(unit, cancellationToken);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(name, fault);
        }
    }

    /// <summary>Runs queries on one snapshot.</summary>
    /// <exception cref="DamagedDatabaseException">They are missing or damaged: remove them and begin anew.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default)
    {
        try
        {
            return await database.ReadAsync(query, cancellationToken);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(name, fault);
        }
    }

    private static bool IsDamage(Exception fault) => (fault as PostgresException ?? fault.InnerException as PostgresException)?.SqlState is
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedObject
        or PostgresErrorCodes.DatatypeMismatch or PostgresErrorCodes.UndefinedFunction or DataCorrupted or IndexCorrupted;
}
