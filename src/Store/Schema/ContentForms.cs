namespace UnifiedMsg.Store.Schema;

/// <summary>Contents that are compressed and encrypted.</summary>
internal static class ContentForms
{
    // What was there before is as it is and not encrypted: 0 both. form tells of the octets in store_bodies; files tell their own form.
    // key_number refers to store_keys and concerns octets, summary and file alike.
    public const string Sql = """
        ALTER TABLE store_contents ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store_contents ADD COLUMN key_number INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE store_keys(
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          verifier BLOB NOT NULL,
          name_key BLOB NOT NULL);
        """;
}
