using Npgsql;
using NpgsqlTypes;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>Reads PostgreSQL for the mirror, within one snapshot.</summary>
internal static class TableReader
{
    /// <summary>Rows that are compared or taken over together: what is held in memory, with contents of 64 KiB at the most.</summary>
    public const int MaxRows = 1000;

    /// <summary>The same in octets.</summary>
    public const long MaxOctets = 4 << 20;

    /// <summary>The first row of a large table comes after it was sorted.</summary>
    public const int TableSeconds = 3600;

    private const string Numbers = """
        SELECT t.name, s.last_value FROM unnest($1, $2) AS t(name, key)
        JOIN pg_sequences s ON format('%I.%I', s.schemaname, s.sequencename) = pg_get_serial_sequence(quote_ident(t.name), t.key)
        WHERE s.last_value IS NOT NULL
        """;

    /// <summary>What an administrator allows a session is meant for others: a comparison reads for as long as it takes.</summary>
    public static async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Refuses a database that a newer program has changed meanwhile.</summary>
    /// <exception cref="NewerSchemaException">It has.</exception>
    public static async Task RequireKnownAsync(NpgsqlConnection connection, IReadOnlyList<MigrationSet> schemas, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, int>();
        await using var command = new NpgsqlCommand(SchemaVersions.Select, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            versions.Add(row.GetString(0), row.GetInt32(1));
        SchemaVersions.RequireKnown(schemas, versions);
    }

    /// <summary>Makes the mirror as the snapshot is, but for its state.</summary>
    public static async Task CompareAsync(NpgsqlConnection connection, MirrorFile mirror, CancellationToken cancellationToken)
    {
        foreach (MirrorTable table in mirror.Tables)
        {
            await using var command = new NpgsqlCommand(table.SelectAll, connection) { CommandTimeout = TableSeconds };
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
            object?[]? after = null;
            bool more = true;
            while (more)
            {
                var rows = new List<object?[]>();
                more = false;
                for (long octets = 0; rows.Count < MaxRows && octets < MaxOctets && (more = await reader.ReadAsync(cancellationToken));)
                {
                    rows.Add(table.ReadRow(reader));
                    octets += SizeOf(rows[^1]);
                }
                await mirror.CompareAsync(table, rows, after, isLast: !more);
                if (rows.Count > 0)
                    after = rows[^1];
            }
        }
    }

    /// <summary>The last numbers that were given out. They may be of later than the snapshot.</summary>
    public static async Task<List<(string Table, long Last)>> ReadNumbersAsync(
        NpgsqlConnection connection, IReadOnlyList<MirrorTable> tables, CancellationToken cancellationToken)
    {
        MirrorTable[] numbered = [.. tables.Where(table => table.IsNumbered)];
        await using var command = new NpgsqlCommand(Numbers, connection);
        command.Parameters.Add(Texts(numbered.Select(table => table.Name)));
        command.Parameters.Add(Texts(numbered.Select(table => table.Columns[0].Name)));
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        var numbers = new List<(string, long)>();
        while (await row.ReadAsync(cancellationToken))
            numbers.Add((row.GetString(0), row.GetInt64(1)));
        return numbers;
    }

    /// <summary>Octets of the values whose size varies.</summary>
    public static long SizeOf(object?[] row)
    {
        long octets = 0;
        foreach (object? value in row)
            octets += value switch { byte[] some => some.Length, string text => text.Length, _ => 0 };
        return octets;
    }

    private static NpgsqlParameter Texts(IEnumerable<string> texts) =>
        new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
