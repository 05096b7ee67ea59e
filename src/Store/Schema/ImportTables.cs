using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Schema;

/// <summary>What imports remember, so that none doubles anything; and the key of the seals on exported items.</summary>
internal static class ImportTables
{
    public const string Name = "what was imported";

    // A source that is to be forgotten has the negated account id until its items are purged, in small units.
    // An item is the first 16 octets of the SHA-256 of its key: a source of a million messages needs some 25 MB.
    public const string Sql = """
        CREATE TABLE store_import_sources(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          account_id INTEGER NOT NULL,
          identity TEXT NOT NULL,
          UNIQUE(account_id, identity));
        CREATE TABLE store_imported(
          source_id INTEGER NOT NULL,
          item BLOB NOT NULL,
          PRIMARY KEY(source_id, item)) WITHOUT ROWID;
        CREATE TABLE store_seal_keys(id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
        """;

    /// <summary>The step, under the number that it has in the order of all.</summary>
    public static Migration Step(int number) => new(number, Name, Sql);
}
