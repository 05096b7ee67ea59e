namespace UnifiedMsg.Database;

/// <summary>One forward step of a component's schema.</summary>
/// <param name="Number">Counts from 1 without gaps within its component.</param>
/// <param name="Name">What the step does, for people.</param>
/// <param name="Sql">The statements, run in one transaction together with the record that the step was taken.</param>
/// <remarks>The words are those of SQLite, and PostgreSQL gets its own for them: <c>INTEGER</c> has 64 bits, <c>INTEGER PRIMARY KEY</c>
/// (with or without <c>AUTOINCREMENT</c>) gives numbers by itself, <c>BLOB</c>, <c>REAL</c>, <c>TEXT</c> (compared by octets),
/// <c>WITHOUT ROWID</c>.</remarks>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>What PostgreSQL runs instead, where the two can't share the statements; empty for nothing. Null: the same.</summary>
    public string? OnPostgreSql { get; init; }

    /// <summary>What the step does afterwards, when it looks at more than can be done at once. Null: nothing.</summary>
    public MigrationPieces? Pieces { get; init; }
}

/// <summary>The long part of a step. Each piece is a transaction, together with the record of how far it is: whatever ends the program, the next
/// one goes on from there. Nobody else uses the database meanwhile.</summary>
/// <param name="Highest">A query of one number: the highest key that there is; none or NULL where there is nothing to do. It is asked once.</param>
/// <param name="Sql">One statement that does the keys above <c>@p0</c> up to <c>@p1</c>; on every engine the same.</param>
/// <param name="Keys">How many keys a piece has: so many that it takes a second at the most.</param>
public sealed record MigrationPieces(string Highest, string Sql, int Keys);

/// <summary>The schema of one component (<c>accounts</c>, <c>store</c>, <c>delivery</c>, <c>voicemail</c>).</summary>
/// <param name="Component">The name under which the version is recorded. Never changes once released.</param>
/// <param name="Steps">All steps in order, forward only.</param>
public sealed record MigrationSet(string Component, IReadOnlyList<Migration> Steps);
