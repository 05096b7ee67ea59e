using UnifiedMsg.Database;
using UnifiedMsg.Store.Schema;

namespace UnifiedMsg.Store;

/// <summary>The tables of the store.</summary>
public static class StoreSchema
{
    /// <summary>All steps of the component <c>store</c>.</summary>
    public static MigrationSet Migrations { get; } = new("store",
    [
        // store_items is clustered by folder and UID, because reading a folder is what clients do most.
        // The counters of a folder are kept in its row, so that opening one of a million items counts nothing.
        // A folder being removed has the negated account id until its items are purged, in small units.
        // store_contents is apart from store_bodies, so that counting a reference does not rewrite the octets. It is found by the first
        // eight octets of the hash: the index stays a fifth of one over whole hashes, and fits the cache for much longer.
        new Migration(1, "folders, items, contents, tombstones", """
            CREATE TABLE store_counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE store_accounts(
              account_id INTEGER PRIMARY KEY,
              modseq INTEGER NOT NULL,
              uid_validity INTEGER NOT NULL);
            CREATE TABLE store_folders(
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              account_id INTEGER NOT NULL,
              path TEXT NOT NULL,
              special_use INTEGER NOT NULL,
              subscribed INTEGER NOT NULL,
              uid_validity INTEGER NOT NULL,
              uid_next INTEGER NOT NULL,
              highest_modseq INTEGER NOT NULL,
              tombstone_floor INTEGER NOT NULL,
              tombstone_count INTEGER NOT NULL,
              item_count INTEGER NOT NULL,
              unseen_count INTEGER NOT NULL,
              deleted_count INTEGER NOT NULL,
              size INTEGER NOT NULL,
              UNIQUE(account_id, path));
            CREATE TABLE store_contents(
              id INTEGER PRIMARY KEY,
              hash_key INTEGER NOT NULL,
              hash BLOB NOT NULL,
              size INTEGER NOT NULL,
              place INTEGER NOT NULL,
              refs INTEGER NOT NULL,
              unreferenced_since INTEGER,
              summary BLOB NOT NULL);
            CREATE INDEX store_contents_by_hash ON store_contents(hash_key);
            CREATE INDEX store_contents_unreferenced ON store_contents(unreferenced_since) WHERE refs = 0;
            CREATE TABLE store_bodies(content_id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
            CREATE TABLE store_items(
              folder_id INTEGER NOT NULL,
              uid INTEGER NOT NULL,
              id INTEGER NOT NULL,
              modseq INTEGER NOT NULL,
              kind INTEGER NOT NULL,
              flags INTEGER NOT NULL,
              keywords TEXT,
              internal_date INTEGER NOT NULL,
              size INTEGER NOT NULL,
              content_id INTEGER NOT NULL,
              PRIMARY KEY(folder_id, uid)) WITHOUT ROWID;
            CREATE UNIQUE INDEX store_items_by_id ON store_items(id);
            CREATE INDEX store_items_by_modseq ON store_items(folder_id, modseq);
            CREATE INDEX store_items_by_kind ON store_items(folder_id, kind, flags) WHERE kind <> 0;
            CREATE INDEX store_items_deleted ON store_items(folder_id, uid) WHERE (flags & 8) <> 0;
            CREATE TABLE store_tombstones(
              folder_id INTEGER NOT NULL,
              modseq INTEGER NOT NULL,
              uid INTEGER NOT NULL,
              PRIMARY KEY(folder_id, modseq, uid)) WITHOUT ROWID;
            """),
        new Migration(2, "what accounts use and may", Schema.AccountUsage.Sql),
        new Migration(3, "threads and ids of content", Schema.ThreadsAndObjectIds.Sql),
        new Migration(4, "sharing of folders", Schema.Sharing.Sql),
        new Migration(5, "gaps between UIDs", Schema.UidGaps.Sql) { Pieces = Schema.UidGaps.Pieces },
        new Migration(6, "compressed and encrypted contents", ContentForms.Sql),
        new Migration(7, Schema.ItemsByContent.Name, Schema.ItemsByContent.Sql),
        ImportTables.Step(8),
        new Migration(9, Schema.RetainedItems.Name, Schema.RetainedItems.Sql),
    ]);
}
