namespace UnifiedMsg.Database;

/// <summary>The database can't be used or a commit failed. The message says what the administrator can do.</summary>
public class DatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The connection broke while a commit was under way, and the server did not come back in time to tell what became of it: it is not
/// known whether what it was to store is stored. It was not acknowledged, and doing it again may store it twice.</summary>
public sealed class UncertainCommitException(Exception inner)
    : DatabaseException($"The connection to the database broke during a commit; it is not known whether it happened ({inner.Message}).", inner);

/// <summary>Another process works on the same data folder.</summary>
public sealed class DatabaseInUseException(string folder)
    : DatabaseException($"Another server uses the data folder {folder}. Stop it first.");

/// <summary>The file is damaged, or is no database at all. It was left as it is.</summary>
public sealed class DamagedDatabaseException(string path, Exception inner)
    : DatabaseException($"{path} is damaged or is not a database ({inner.Message}). Nothing was changed; restore it from a backup.", inner);

/// <summary>The data was written by a newer version of the program. It was left as it is.</summary>
public sealed class NewerSchemaException(string component, int found, int known)
    : DatabaseException(
        $"The data of '{component}' has schema version {found}, and this program knows versions up to {known}. "
        + "Nothing was changed; start the newer program.")
{
    /// <summary>Whose schema is newer.</summary>
    public string Component { get; } = component;

    /// <summary>The version in the data.</summary>
    public int Found { get; } = found;

    /// <summary>The highest version that this program knows.</summary>
    public int Known { get; } = known;
}
