using System.Net.Sockets;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>Whether a server keeps what it acknowledges, and what to do when it can't be used.</summary>
internal static class ServerCheck
{
    private const int OldestVersion = 150000;

    private const string Settings =
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync')::bool, "
        + "current_setting('full_page_writes')::bool, current_setting('server_encoding'), pg_is_in_recovery(), "
        + "current_setting('synchronous_commit')";

    /// <summary>Refuses a server that is too old or may lose what it acknowledged. Returns whether <c>synchronous_commit</c> is off there, so
    /// that our sessions have to switch it on.</summary>
    /// <exception cref="DatabaseException">It can't be used; says what to do.</exception>
    public static async Task<bool> RequireAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Settings, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetInt32(0) < OldestVersion)
            throw new DatabaseException($"The server is PostgreSQL {reader.GetString(1)}; 15 or later is needed.");
        if (!reader.GetBoolean(2) || !reader.GetBoolean(3))
        {
            throw new DatabaseException(
                "The server would lose acknowledged mail at a power cut: set fsync = on and full_page_writes = on in its postgresql.conf.");
        }
        if (reader.GetString(4) != "UTF8")
            throw new DatabaseException($"The database has the encoding {reader.GetString(4)}; make one with ENCODING 'UTF8'.");
        if (reader.GetBoolean(5))
            throw new DatabaseException("The server is a standby and takes no changes; name the primary server.");
        return reader.GetString(6) == "off";
    }

    /// <summary>What is wrong when a connection can't be opened. Neither the password nor the whole connection string is in it.</summary>
    public static DatabaseException Explain(NpgsqlConnectionStringBuilder where, Exception fault)
    {
        string server = $"{where.Host}{(where.Host?.StartsWith('/') == true ? "" : $":{where.Port}")}";
        string reason = fault switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } => $"the password of '{where.Username}' is wrong",
            PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } refusal =>
                $"'{where.Username}' may not log in: {refusal.MessageText}",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
                $"there is no database '{where.Database}'. Make it with: createdb --encoding=UTF8 --template=template0 --owner={where.Username} {where.Database}",
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refusal =>
                $"'{where.Username}' may not make tables in '{where.Database}' ({refusal.MessageText}); make it the owner of the database",
            PostgresException refusal => refusal.MessageText,
            { InnerException: SocketException or IOException or TimeoutException } => $"it can't be reached: {fault.InnerException.Message}",
            _ => fault.Message,
        };
        return new DatabaseException($"PostgreSQL at {server}: {reason}.", fault);
    }
}
