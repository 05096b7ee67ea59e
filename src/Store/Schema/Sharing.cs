namespace UnifiedMsg.Store.Schema;

/// <summary>Who may do what with folders of others, and what each of them has read there.</summary>
internal static class Sharing
{
    // A reader has seen what has a row with seen = 1; a row with 0 tells CONDSTORE of what was seen once. What nobody but the owner
    // reads has no rows. store_readers keeps the count, so that opening a folder counts nothing. The account id of a reader who is gone,
    // or whose folder is, is negated until his rows are purged, in small units.
    public const string Sql = """
        CREATE TABLE store_acl(
          folder_id INTEGER NOT NULL,
          kind INTEGER NOT NULL,
          identifier INTEGER NOT NULL,
          negative INTEGER NOT NULL,
          rights INTEGER NOT NULL,
          PRIMARY KEY(folder_id, kind, identifier, negative)) WITHOUT ROWID;
        CREATE INDEX store_acl_by_identifier ON store_acl(kind, identifier);
        CREATE TABLE store_readers(
          folder_id INTEGER NOT NULL,
          account_id INTEGER NOT NULL,
          subscribed INTEGER NOT NULL,
          seen_count INTEGER NOT NULL,
          highest_modseq INTEGER NOT NULL,
          PRIMARY KEY(folder_id, account_id)) WITHOUT ROWID;
        CREATE INDEX store_readers_by_account ON store_readers(account_id);
        CREATE TABLE store_reader_items(
          folder_id INTEGER NOT NULL,
          account_id INTEGER NOT NULL,
          uid INTEGER NOT NULL,
          seen INTEGER NOT NULL,
          modseq INTEGER NOT NULL,
          PRIMARY KEY(folder_id, account_id, uid)) WITHOUT ROWID;
        CREATE INDEX store_reader_items_by_uid ON store_reader_items(folder_id, uid);
        CREATE INDEX store_reader_items_by_modseq ON store_reader_items(folder_id, account_id, modseq);
        """;
}
