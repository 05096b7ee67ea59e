using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.Tests;

/// <summary>How the tests open a database with one table.</summary>
internal static class TestDatabase
{
    public static readonly MigrationSet Numbers = new("numbers",
    [
        new Migration(1, "make the table", "CREATE TABLE numbers(id INTEGER PRIMARY KEY, value INTEGER NOT NULL UNIQUE)"),
    ]);

    public static Task<SqliteDatabase> OpenAsync(TemporaryFolder folder, params MigrationSet[] schemas) =>
        OpenAsync(new SqliteOptions { Path = folder.File("unifiedmsg.db") }, schemas);

    public static Task<SqliteDatabase> OpenAsync(SqliteOptions options, params MigrationSet[] schemas) =>
        SqliteDatabase.OpenAsync(options, schemas.Length == 0 ? [Numbers] : schemas, NullLoggerFactory.Instance, TimeProvider.System);

    public static ValueTask<long?> InsertNextAsync(this IWriteSession session) => session.QueryLongAsync(
        "INSERT INTO numbers(value) SELECT coalesce(max(value), 0) + 1 FROM numbers RETURNING value");

    public static Task<int> InsertAsync(this IDatabase database, long value, CancellationToken cancellationToken = default) =>
        database.WriteAsync(session => session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", value), cancellationToken);

    public static async Task<long> CountAsync(this IDatabase database) =>
        (await database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM numbers")))!.Value;
}
