namespace UnifiedMsg.Store.Schema;

/// <summary>What an account uses, as sums in its row, and what it may. One look at each folder's counters fills them, at no item.</summary>
internal static class AccountUsage
{
    // A limit is NULL where the server's own holds.
    public const string Sql = """
        ALTER TABLE store_accounts ADD COLUMN item_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store_accounts ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store_accounts ADD COLUMN max_items INTEGER;
        ALTER TABLE store_accounts ADD COLUMN max_size INTEGER;
        UPDATE store_accounts SET
          item_count = coalesce((SELECT sum(f.item_count) FROM store_folders f WHERE f.account_id = store_accounts.account_id), 0),
          size = coalesce((SELECT sum(f.size) FROM store_folders f WHERE f.account_id = store_accounts.account_id), 0);
        """;
}
