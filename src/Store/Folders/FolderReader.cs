using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Folders;

/// <summary>The queries for folders. None counts items.</summary>
internal static class FolderReader
{
    private const string Select =
        "SELECT id, account_id, path, special_use, subscribed, uid_validity, uid_next, highest_modseq, item_count, unseen_count, "
        + "deleted_count, size FROM store_folders ";

    public static async ValueTask<List<Folder>> ListAsync(IReadSession session, long accountId)
    {
        List<Folder> folders = await session.QueryAsync(Select + "WHERE account_id = @p0", Map, accountId);
        folders.Sort(static (a, b) => a.Path == FolderPath.Inbox ? b.Path == FolderPath.Inbox ? 0 : -1
            : b.Path == FolderPath.Inbox ? 1 : string.CompareOrdinal(a.Path, b.Path));
        return folders;
    }

    public static ValueTask<Folder?> FindAsync(IReadSession session, long accountId, string path) =>
        session.QueryFirstAsync(Select + "WHERE account_id = @p0 AND path = @p1", Map, accountId, FolderPath.Normalize(path));

    // A folder that is being removed has a negative account.
    public static ValueTask<Folder?> FindAsync(IReadSession session, long folderId) =>
        session.QueryFirstAsync(Select + "WHERE id = @p0 AND account_id > 0", Map, folderId);

    public static async ValueTask<Folder> RequireAsync(IReadSession session, long folderId) =>
        await FindAsync(session, folderId) ?? throw Missing();

    public static async ValueTask<Folder> RequireAsync(IReadSession session, long accountId, string path) =>
        await FindAsync(session, accountId, path) ?? throw Missing();

    public static StoreException Missing() => new(StoreError.NoSuchFolder, "There is no such folder.");

    private static Folder Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetString(2), (SpecialUse)row.GetInt32(3), row.GetBoolean(4), (uint)row.GetInt64(5),
        (uint)row.GetInt64(6), row.GetInt64(7), row.GetInt32(8), row.GetInt32(9), row.GetInt32(10), row.GetInt64(11));
}
