namespace UnifiedMsg.Store.Schema;

/// <summary>Ids of content and of threads in each item, and by which message ids an account's threads are found.</summary>
internal static class ThreadsAndObjectIds
{
    // email_id is NULL where it is the item's own id. thread_id is NULL until it was computed, which new items are at once and
    // old ones in small units. Both indexes are empty at first, so the step is quick whatever the store holds.
    public const string Sql = """
        ALTER TABLE store_items ADD COLUMN email_id INTEGER;
        ALTER TABLE store_items ADD COLUMN thread_id INTEGER;
        CREATE INDEX store_items_by_thread ON store_items(thread_id) WHERE thread_id IS NOT NULL;
        CREATE TABLE store_thread_keys(
          account_id INTEGER NOT NULL,
          id_key INTEGER NOT NULL,
          thread_id INTEGER NOT NULL,
          PRIMARY KEY(account_id, id_key)) WITHOUT ROWID;
        """;
}
