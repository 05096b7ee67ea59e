namespace UnifiedMsg.Store.Maintenance;

/// <summary>What must hold between the rows of the store. Each statement selects one text for each problem.</summary>
internal static class StoreRules
{
    public static readonly IReadOnlyList<string> All =
    [
        """
        SELECT 'folder ' || f.id || ': its counters say ' || f.item_count || ' items, ' || f.unseen_count || ' unseen, ' || f.deleted_count
          || ' deleted, ' || f.size || ' octets, but it has ' || coalesce(i.items, 0) || ', ' || coalesce(i.unseen, 0) || ', '
          || coalesce(i.deleted, 0) || ', ' || coalesce(i.size, 0)
        FROM store_folders f LEFT JOIN (
          SELECT folder_id, count(*) AS items, sum(1 - (flags & 1)) AS unseen, sum((flags & 8) / 8) AS deleted, sum(size) AS size
          FROM store_items GROUP BY folder_id) i ON i.folder_id = f.id
        WHERE f.account_id > 0 AND (f.item_count <> coalesce(i.items, 0) OR f.unseen_count <> coalesce(i.unseen, 0)
          OR f.deleted_count <> coalesce(i.deleted, 0) OR f.size <> coalesce(i.size, 0))
        """,
        """
        SELECT 'folder ' || f.id || ': its next UID or highest modseq is below that of an item'
        FROM store_folders f JOIN (SELECT folder_id, max(uid) AS uid, max(modseq) AS modseq FROM store_items GROUP BY folder_id) i
          ON i.folder_id = f.id
        WHERE f.account_id > 0 AND (i.uid >= f.uid_next OR i.modseq > f.highest_modseq)
        """,
        """
        SELECT 'folder ' || f.id || ': ' || f.item_count || ' items and ' || coalesce(g.gone, 0) || ' gone UIDs are not those below ' || f.uid_next
        FROM store_folders f LEFT JOIN (SELECT folder_id, sum(last_uid - first_uid + 1) AS gone FROM store_uid_gaps GROUP BY folder_id) g
          ON g.folder_id = f.id
        WHERE f.account_id > 0 AND f.item_count + coalesce(g.gone, 0) <> f.uid_next - 1
        """,
        """
        SELECT 'item ' || i.id || ': its UID ' || i.uid || ' lies in a gap of folder ' || i.folder_id
        FROM store_uid_gaps g JOIN store_items i ON i.folder_id = g.folder_id AND i.uid BETWEEN g.first_uid AND g.last_uid
          JOIN store_folders f ON f.id = g.folder_id AND f.account_id > 0
        """,
        """
        SELECT 'account ' || a.account_id || ': its sums say ' || a.item_count || ' items, ' || a.size || ' octets, but its folders say '
          || coalesce(f.items, 0) || ', ' || coalesce(f.size, 0)
        FROM store_accounts a LEFT JOIN (
          SELECT account_id, sum(item_count) AS items, sum(size) AS size FROM store_folders GROUP BY account_id) f
          ON f.account_id = a.account_id
        WHERE a.item_count <> coalesce(f.items, 0) OR a.size <> coalesce(f.size, 0)
        """,
        """
        SELECT 'folder ' || f.id || ': its modseq or UIDVALIDITY is above that of account ' || f.account_id
        FROM store_folders f LEFT JOIN store_accounts a ON a.account_id = f.account_id
        WHERE f.account_id > 0 AND (a.modseq IS NULL OR a.modseq < f.highest_modseq OR a.uid_validity < f.uid_validity)
        """,
        """
        SELECT 'folder ' || f.id || ': it counts ' || f.tombstone_count || ' gone UIDs and remembers ' || coalesce(t.tombstones, 0)
        FROM store_folders f LEFT JOIN (SELECT folder_id, count(*) AS tombstones FROM store_tombstones GROUP BY folder_id) t
          ON t.folder_id = f.id
        WHERE f.account_id > 0 AND f.tombstone_count <> coalesce(t.tombstones, 0)
        """,
        """
        SELECT 'folder ' || r.folder_id || ': reader ' || r.account_id || ' counts ' || r.seen_count || ' seen items and has ' || coalesce(i.seen, 0)
        FROM store_readers r LEFT JOIN (
          SELECT folder_id, account_id, sum(seen) AS seen FROM store_reader_items GROUP BY folder_id, account_id) i
          ON i.folder_id = r.folder_id AND i.account_id = r.account_id
        WHERE r.account_id > 0 AND r.seen_count <> coalesce(i.seen, 0)
        """,
        """
        SELECT 'folder ' || r.folder_id || ': reader ' || r.account_id || ' has a state of UID ' || r.uid || ', which is not there'
        FROM store_reader_items r JOIN store_readers a ON a.folder_id = r.folder_id AND a.account_id = r.account_id
        WHERE NOT EXISTS (SELECT 1 FROM store_items i WHERE i.folder_id = r.folder_id AND i.uid = r.uid)
        """,
        """
        SELECT 'item ' || i.id || ': its folder ' || i.folder_id || ' does not exist'
        FROM store_items i WHERE NOT EXISTS (SELECT 1 FROM store_folders f WHERE f.id = i.folder_id)
        """,
        """
        SELECT 'item ' || i.id || ': its UID ' || i.uid || ' is also said to be gone'
        FROM store_tombstones t JOIN store_items i ON i.folder_id = t.folder_id AND i.uid = t.uid
        """,
        """
        SELECT 'item ' || i.id || ': its id was not given out yet'
        FROM store_items i WHERE i.id >= (SELECT value FROM store_counters WHERE name = 'item')
        """,
        """
        SELECT 'item ' || i.id || ': its content ' || i.content_id || ' does not exist or has another size'
        FROM store_items i LEFT JOIN store_contents c ON c.id = i.content_id WHERE c.id IS NULL OR c.size <> i.size
        """,
        """
        SELECT 'content ' || c.id || ': it counts ' || c.refs || ' references and has ' || coalesce(i.refs, 0)
        FROM store_contents c LEFT JOIN (SELECT content_id, count(*) AS refs FROM store_items GROUP BY content_id) i ON i.content_id = c.id
        WHERE c.refs <> coalesce(i.refs, 0) OR (c.refs = 0) <> (c.unreferenced_since IS NOT NULL)
        """,
        """
        SELECT 'content ' || c.id || ': its octets are ' || CASE WHEN b.content_id IS NULL THEN 'missing' ELSE 'inside and outside' END
        FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id WHERE (c.place = 0) <> (b.content_id IS NOT NULL)
        """,
        """
        SELECT 'octets ' || b.content_id || ': no content refers to them'
        FROM store_bodies b WHERE NOT EXISTS (SELECT 1 FROM store_contents c WHERE c.id = b.content_id)
        """,
    ];
}
