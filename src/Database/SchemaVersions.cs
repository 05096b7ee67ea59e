namespace UnifiedMsg.Database;

/// <summary>How the versions of the components' schemas are recorded, on every engine alike.</summary>
internal static class SchemaVersions
{
    public const string Table =
        "CREATE TABLE IF NOT EXISTS schema_migrations(component TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, "
        + "applied INTEGER NOT NULL, PRIMARY KEY(component, number)) WITHOUT ROWID";

    // A step that is recorded as taken and stands here has yet to do what is in pieces: a program that does not know it must not use the data.
    public const string PiecesTable =
        "CREATE TABLE IF NOT EXISTS schema_pieces(component TEXT NOT NULL, number INTEGER NOT NULL, done INTEGER NOT NULL, last INTEGER NOT NULL, "
        + "PRIMARY KEY(component, number)) WITHOUT ROWID";

    public const string SelectPieces = "SELECT component, number, done, last FROM schema_pieces ORDER BY number";

    public const string RecordPieces = "INSERT INTO schema_pieces(component, number, done, last) VALUES(@p0, @p1, 0, @p2)";

    public const string AdvancePieces = "UPDATE schema_pieces SET done = @p2 WHERE component = @p0 AND number = @p1";

    public const string EndPieces = "DELETE FROM schema_pieces WHERE component = @p0 AND number = @p1";

    public const string Select = "SELECT component, max(number) FROM schema_migrations GROUP BY component";

    public const string Record = "INSERT INTO schema_migrations(component, number, name, applied) VALUES(@p0, @p1, @p2, @p3)";

    /// <summary>Refuses sets that could never have been released.</summary>
    public static void Validate(IReadOnlyList<MigrationSet> sets)
    {
        foreach (MigrationSet set in sets)
        {
            for (int i = 0; i < set.Steps.Count; i++)
            {
                if (set.Steps[i].Number != i + 1)
                    throw new ArgumentException($"Migrations of '{set.Component}' must count 1, 2, 3 …, not {set.Steps[i].Number} at {i + 1}.");
            }
        }
    }

    /// <summary>Refuses data of a newer program.</summary>
    /// <exception cref="NewerSchemaException">A component is newer than its set.</exception>
    public static void RequireKnown(IReadOnlyList<MigrationSet> sets, IReadOnlyDictionary<string, int> versions)
    {
        foreach (MigrationSet set in sets)
        {
            if (versions.TryGetValue(set.Component, out int version) && version > set.Steps.Count)
                throw new NewerSchemaException(set.Component, version, set.Steps.Count);
        }
    }

    public static DatabaseException Failed(string component, Migration step, Exception fault) =>
        new($"Step {step.Number} ({step.Name}) of the schema of '{component}' failed: {fault.Message}", fault);
}
