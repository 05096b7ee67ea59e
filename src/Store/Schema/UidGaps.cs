using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Schema;

/// <summary>The UIDs of a folder that no item has any more, as ranges, and an index of the keywords in use: so that a folder is opened
/// without a look at its items, whatever their number.</summary>
internal static class UidGaps
{
    // Two neighbours are never two rows. A folder being removed has no gaps that count.
    public const string Sql = """
        CREATE TABLE store_uid_gaps(
          folder_id INTEGER NOT NULL,
          first_uid INTEGER NOT NULL,
          last_uid INTEGER NOT NULL,
          PRIMARY KEY(folder_id, first_uid)) WITHOUT ROWID;
        CREATE INDEX store_items_by_keywords ON store_items(folder_id, keywords) WHERE keywords IS NOT NULL;
        """;

    /// <summary>The gaps that there are, a few folders at a time.</summary>
    public static MigrationPieces Pieces { get; } = new("SELECT max(id) FROM store_folders", Fill, Keys: 200);

    private const string Fill = """
        INSERT INTO store_uid_gaps(folder_id, first_uid, last_uid)
          SELECT folder_id, before + 1, uid - 1
          FROM (SELECT folder_id, uid, lag(uid, 1, 0) OVER (PARTITION BY folder_id ORDER BY uid) AS before
                FROM store_items WHERE folder_id > @p0 AND folder_id <= @p1) AS i
          WHERE uid > before + 1
          UNION ALL
          SELECT id, after, uid_next - 1
          FROM (SELECT f.id, f.uid_next, coalesce((SELECT max(i.uid) FROM store_items i WHERE i.folder_id = f.id), 0) + 1 AS after
                FROM store_folders f WHERE f.id > @p0 AND f.id <= @p1) AS f
          WHERE after < uid_next
        """;
}
