using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Retention;

/// <summary>Turns items that are being removed into retained ones, which take over the references to their contents.</summary>
internal static class RetainedRows
{
    /// <summary>Not a person's: the mailbox of the queue, which the directory never gives out. Mail that went out is no deleted mail.</summary>
    public const long QueueAccountId = long.MaxValue;

    private const string Insert =
        "INSERT INTO store_retained(id, account_id, folder_id, folder_path, kind, flags, keywords, internal_date, size, content_id, email_id, thread_id, deleted_at) "
        + "SELECT id, @p3, folder_id, @p4, kind, flags, keywords, internal_date, size, content_id, email_id, thread_id, @p5 FROM store_items "
        + "WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2";

    /// <summary>Whether what this account deletes is kept.</summary>
    public static bool Applies(StoreOptions options, long accountId) =>
        options.DeletedItemRetention > TimeSpan.Zero && accountId is > 0 and not QueueAccountId;

    /// <summary>Keeps the items of a range that have <c>\Deleted</c>.</summary>
    public static ValueTask KeepDeletedAsync(
        IWriteSession session, Folder folder, uint first, uint last, DateTimeOffset now) => session.PostAsync(
        Insert + " AND (flags & 8) <> 0", folder.Id, first, last, folder.AccountId, folder.Path, now);

    /// <summary>Keeps all items of a removed folder up to a UID.</summary>
    public static ValueTask<int> KeepAllAsync(
        IWriteSession session, long folderId, uint last, long accountId, string path, DateTimeOffset removed) => session.ExecuteAsync(
        Insert, folderId, 0, last, accountId, path, removed);

    /// <summary>An account goes, and with it what it deleted before: due at once.</summary>
    public static ValueTask<int> ExpireAccountAsync(IWriteSession session, long accountId) => session.ExecuteAsync(
        "UPDATE store_retained SET deleted_at = 0, account_id = 0 WHERE account_id = @p0", accountId);
}
