namespace UnifiedMsg.Store.Schema;

/// <summary>What was deleted stays recoverable for a time.</summary>
internal static class RetainedItems
{
    public const string Name = "deleted items stay for a time";

    // A retained item holds its reference to the content. A removed folder remembers its name until its items are purged; without one
    // (the account went) nothing of it is retained.
    public const string Sql = """
        CREATE TABLE store_retained(
          id INTEGER PRIMARY KEY,
          account_id INTEGER NOT NULL,
          folder_id INTEGER NOT NULL,
          folder_path TEXT NOT NULL,
          kind INTEGER NOT NULL,
          flags INTEGER NOT NULL,
          keywords TEXT,
          internal_date INTEGER NOT NULL,
          size INTEGER NOT NULL,
          content_id INTEGER NOT NULL,
          email_id INTEGER,
          thread_id INTEGER,
          deleted_at INTEGER NOT NULL);
        CREATE INDEX store_retained_by_account ON store_retained(account_id, deleted_at, id);
        CREATE INDEX store_retained_by_time ON store_retained(deleted_at);
        ALTER TABLE store_folders ADD COLUMN removed_path TEXT;
        ALTER TABLE store_folders ADD COLUMN removed_at INTEGER;
        """;
}
