using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Sharing;

namespace UnifiedMsg.Store.Folders;

/// <summary>Makes folders and changes their subscriptions.</summary>
internal sealed class FolderWriter(ChangeFeed feed, StoreOptions options, TimeProvider time)
{
    private static readonly (string Path, SpecialUse Use)[] Provisioned =
    [
        (FolderPath.Inbox, SpecialUse.Inbox), ("Drafts", SpecialUse.Drafts), ("Sent", SpecialUse.Sent), ("Archive", SpecialUse.Archive),
        ("Junk", SpecialUse.Junk), ("Trash", SpecialUse.Trash),
    ];

    /// <summary>Whether <see cref="ProvisionAsync"/> would do nothing.</summary>
    public static async ValueTask<bool> IsProvisionedAsync(IReadSession session, long accountId)
    {
        List<Folder> folders = await FolderReader.ListAsync(session, accountId);
        return Provisioned.All(wanted => folders.Exists(folder => folder.SpecialUse == wanted.Use));
    }

    public async ValueTask<int> ProvisionAsync(IWriteSession session, long accountId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(accountId);
        await AccountLock.TakeAsync(session, accountId);
        List<Folder> folders = await FolderReader.ListAsync(session, accountId);
        int made = 0;
        foreach ((string path, SpecialUse use) in Provisioned)
        {
            if (folders.Exists(folder => folder.SpecialUse == use))
                continue;
            // The person may have made a folder of this name before.
            if (folders.Find(folder => folder.Path == path) is Folder named)
                await session.ExecuteAsync("UPDATE store_folders SET special_use = @p1 WHERE id = @p0", named.Id, (int)use);
            else
                await InsertAsync(session, accountId, path, use, subscribed: true);
            made++;
        }
        return made;
    }

    public async ValueTask<Folder> CreateAsync(IWriteSession session, long accountId, string path, SpecialUse specialUse)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(accountId);
        string normal = FolderPath.Require(path);
        await AccountLock.TakeAsync(session, accountId);
        if (await FolderReader.FindAsync(session, accountId, normal) is not null)
            throw new StoreException(StoreError.FolderExists, "A folder of this name exists.");
        // RFC 6154 §3: a client that looks for the folder of a use has to find one.
        if (specialUse != SpecialUse.None && (await FolderReader.ListAsync(session, accountId)).Exists(folder => folder.SpecialUse == specialUse))
            throw new StoreException(StoreError.UseTaken, "Another folder has this use.");
        await CreateParentsAsync(session, accountId, normal);
        long id = await InsertAsync(session, accountId, normal, specialUse, subscribed: false);
        return await FolderReader.RequireAsync(session, id);
    }

    /// <summary>Makes the levels above a path where they are missing. RFC 9051 §6.3.4.</summary>
    public async ValueTask CreateParentsAsync(IWriteSession session, long accountId, string path)
    {
        foreach (string parent in FolderPath.Parents(path))
        {
            if (await FolderReader.FindAsync(session, accountId, parent) is null)
                await InsertAsync(session, accountId, parent, SpecialUse.None, subscribed: false);
        }
    }

    public async ValueTask<int> SubscribeAsync(IWriteSession session, long accountId, string path, bool subscribed)
    {
        Folder folder = await FolderReader.RequireAsync(session, accountId, path);
        return await session.ExecuteAsync("UPDATE store_folders SET subscribed = @p1 WHERE id = @p0", folder.Id, subscribed);
    }

    private async ValueTask<long> InsertAsync(IWriteSession session, long accountId, string path, SpecialUse use, bool subscribed)
    {
        long? count = await session.QueryLongAsync("SELECT count(*) FROM store_folders WHERE account_id = @p0", accountId);
        if (count >= options.MaxFolders)
            throw new StoreException(StoreError.LimitReached, $"An account has at most {options.MaxFolders} folders.");
        Change change = await ModSeq.NextOfAccountAsync(session, accountId);
        // RFC 9051 §2.3.1.1: a folder that is made again under an old name must get a higher value.
        long validity = (await session.QueryLongAsync(
            "UPDATE store_accounts SET uid_validity = CASE WHEN uid_validity < @p1 THEN @p1 ELSE uid_validity + 1 END WHERE account_id = @p0 RETURNING uid_validity",
            accountId, time.GetUtcNow().ToUnixTimeSeconds()))!.Value;
        long id = (await session.QueryLongAsync(
            "INSERT INTO store_folders(account_id, path, special_use, subscribed, uid_validity, uid_next, highest_modseq, tombstone_floor, "
            + "tombstone_count, item_count, unseen_count, deleted_count, size) VALUES(@p0, @p1, @p2, @p3, @p4, 1, @p5, 0, 0, 0, 0, 0, 0) RETURNING id",
            accountId, path, (int)use, subscribed, validity, change.ModSeq))!.Value;
        if (FolderPath.Parents(path).LastOrDefault() is { } parent)
            await AclTable.InheritAsync(session, accountId, parent, id);
        feed.PublishOnCommit(session, new ChangeNotice(accountId, id, change.ModSeq, 0));
        return id;
    }
}
