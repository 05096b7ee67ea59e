using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares what the row of each folder says with what the folder has, one folder in one snapshot.</summary>
internal sealed class FolderCheck(IDatabase database)
{
    private const int FoldersPerRead = 200;

    private const string Facts =
        "SELECT f.item_count, f.unseen_count, f.deleted_count, f.size, f.tombstone_count, f.uid_next, "
        + "i.items, coalesce(i.unseen, 0), coalesce(i.deleted, 0), coalesce(i.size, 0), t.tombstones, g.gone "
        + "FROM store_folders f "
        + "CROSS JOIN (SELECT count(*) AS items, sum(1 - (flags & 1)) AS unseen, sum((flags & 8) / 8) AS deleted, sum(size) AS size "
        + "FROM store_items WHERE folder_id = @p0) i "
        + "CROSS JOIN (SELECT count(*) AS tombstones FROM store_tombstones WHERE folder_id = @p0) t "
        + "CROSS JOIN (SELECT coalesce(sum(last_uid - first_uid + 1), 0) AS gone FROM store_uid_gaps WHERE folder_id = @p0) g "
        + "WHERE f.id = @p0 AND f.account_id > 0";

    private const string Numbers =
        "SELECT f.id, f.account_id, f.uid_next <= coalesce((SELECT max(i.uid) FROM store_items i WHERE i.folder_id = f.id), 0) "
        + "OR f.highest_modseq < coalesce((SELECT max(i.modseq) FROM store_items i WHERE i.folder_id = f.id), 0), "
        + "coalesce(a.modseq, -1) < f.highest_modseq OR coalesce(a.uid_validity, -1) < f.uid_validity "
        + "FROM store_folders f LEFT JOIN store_accounts a ON a.account_id = f.account_id WHERE f.id > @p0 AND f.account_id > 0 ORDER BY f.id LIMIT @p1";

    /// <summary>The numbers that folders and accounts give out next. Before all that is mended by new items, which take theirs from there.</summary>
    public async Task CheckNumbersAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<(long Id, long Account, bool OfFolder, bool OfAccount)> rows;
        for (long last = 0; (rows = await ReadNumbersAsync(last, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach ((long id, long account, bool ofFolder, bool ofAccount) in rows)
            {
                Task<string?> Mend() => MendAsync(id);
                if (ofFolder)
                    await findings.AddAsync("folder-numbers", id, $"folder {id}: its next UID or highest modseq is below that of an item", Mend);
                if (ofAccount)
                    await findings.AddAsync("account-numbers", id, $"folder {id}: its modseq or UIDVALIDITY is above that of account {account}", Mend);
            }
        }
    }

    private ValueTask<List<(long Id, long Account, bool OfFolder, bool OfAccount)>> ReadNumbersAsync(long last, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.QueryAsync(
                Numbers, row => (row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2), row.GetBoolean(3)), last, FoldersPerRead),
            cancellationToken);

    public async Task RunAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<long> ids;
        for (long last = 0; (ids = await ReadIdsAsync(last, cancellationToken)).Count > 0; last = ids[^1])
        {
            foreach (long id in ids)
                await CheckAsync(id, findings, cancellationToken);
            findings.Folders += ids.Count;
            findings.Progress($"{findings.Folders} folders");
        }
    }

    private ValueTask<List<long>> ReadIdsAsync(long last, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT id FROM store_folders WHERE id > @p0 AND account_id > 0 ORDER BY id LIMIT @p1", row => row.GetInt64(0), last, FoldersPerRead),
        cancellationToken);

    private async Task CheckAsync(long id, Findings findings, CancellationToken cancellationToken)
    {
        (FolderFacts? facts, List<long> both, List<long> inGaps) = await database.ReadAsync(
            async session => (
                await session.QueryFirstAsync(Facts, FolderFacts.Map, id),
                await session.QueryAsync(
                    "SELECT i.uid FROM store_tombstones t JOIN store_items i ON i.folder_id = t.folder_id AND i.uid = t.uid "
                    + "WHERE t.folder_id = @p0 LIMIT 100",
                    row => row.GetInt64(0), id),
                await session.QueryAsync(
                    "SELECT i.uid FROM store_uid_gaps g JOIN store_items i ON i.folder_id = g.folder_id AND i.uid BETWEEN g.first_uid AND g.last_uid "
                    + "WHERE g.folder_id = @p0 LIMIT 100",
                    row => row.GetInt64(0), id)),
            cancellationToken);
        if (facts is null)
            return; // Removed meanwhile.
        foreach (long uid in both)
            await findings.AddAsync("gone-and-there", id, $"folder {id}: UID {uid} is there and also said to be gone", () => ForgetGoneAsync(id, uid));
        Task<string?> Mend() => MendAsync(id);
        if (facts.Counted != facts.Said)
            await findings.AddAsync("folder-counters", id, $"folder {id}: its counters say {facts.Said}, but it has {facts.Counted}", Mend);
        if (facts.Tombstones != facts.SaidTombstones && both.Count == 0)
            await findings.AddAsync("folder-tombstones", id, $"folder {id}: it counts {facts.SaidTombstones} gone UIDs and remembers {facts.Tombstones}", Mend);
        if (facts.Items + facts.Gone != facts.UidNext - 1)
        {
            await findings.AddAsync(
                "folder-gaps", id, $"folder {id}: {facts.Items} items and {facts.Gone} gone UIDs are not those below {facts.UidNext}", Mend);
        }
        foreach (long uid in inGaps)
            await findings.AddAsync("folder-gaps", id, $"folder {id}: UID {uid} is there and also lies in a gap", Mend);
    }

    private async Task<string?> ForgetGoneAsync(long id, long uid)
    {
        await database.WriteAsync(async session =>
        {
            await AccountLock.TakeOwnerAsync(session, id);
            return await session.ExecuteAsync("DELETE FROM store_tombstones WHERE folder_id = @p0 AND uid = @p1", id, uid);
        });
        await MendAsync(id);
        return "the item counts";
    }

    /// <summary>Computes the row of a folder anew, and lifts that of its account where it must.</summary>
    public Task<string?> MendAsync(long id) => database.WriteLargeAsync(async session =>
    {
        await AccountLock.TakeOwnerAsync(session, id);
        await session.ExecuteAsync(
            "UPDATE store_folders SET "
            + "item_count = (SELECT count(*) FROM store_items WHERE folder_id = @p0), "
            + "unseen_count = (SELECT coalesce(sum(1 - (flags & 1)), 0) FROM store_items WHERE folder_id = @p0), "
            + "deleted_count = (SELECT coalesce(sum((flags & 8) / 8), 0) FROM store_items WHERE folder_id = @p0), "
            + "size = (SELECT coalesce(sum(size), 0) FROM store_items WHERE folder_id = @p0), "
            + "tombstone_count = (SELECT count(*) FROM store_tombstones WHERE folder_id = @p0) WHERE id = @p0",
            id);
        long uid = await session.QueryLongAsync("SELECT max(uid) FROM store_items WHERE folder_id = @p0", id) ?? 0;
        long modSeq = await session.QueryLongAsync("SELECT max(modseq) FROM store_items WHERE folder_id = @p0", id) ?? 0;
        await session.ExecuteAsync("UPDATE store_folders SET uid_next = @p1 WHERE id = @p0 AND uid_next <= @p2", id, uid + 1, uid);
        await UidGaps.RebuildAsync(session, id);
        await session.ExecuteAsync("UPDATE store_folders SET highest_modseq = @p1 WHERE id = @p0 AND highest_modseq < @p1", id, modSeq);
        await session.ExecuteAsync(
            "INSERT INTO store_accounts(account_id, modseq, uid_validity) SELECT account_id, 0, 0 FROM store_folders WHERE id = @p0 AND account_id > 0 "
            + "ON CONFLICT(account_id) DO NOTHING",
            id);
        await session.ExecuteAsync(
            "UPDATE store_accounts SET "
            + "modseq = (SELECT CASE WHEN f.highest_modseq > store_accounts.modseq THEN f.highest_modseq ELSE store_accounts.modseq END FROM store_folders f WHERE f.id = @p0), "
            + "uid_validity = (SELECT CASE WHEN f.uid_validity > store_accounts.uid_validity THEN f.uid_validity ELSE store_accounts.uid_validity END FROM store_folders f WHERE f.id = @p0) "
            + "WHERE account_id = (SELECT account_id FROM store_folders WHERE id = @p0)",
            id);
        return (string?)"computed anew";
    });

    private sealed record FolderFacts(
        string Said, string Counted, long SaidTombstones, long Tombstones, long UidNext, long Items, long Gone)
    {
        public static FolderFacts? Map(DbDataReader row) => new(
            $"{row.GetInt64(0)} items, {row.GetInt64(1)} unseen, {row.GetInt64(2)} deleted, {row.GetInt64(3)} octets",
            $"{row.GetInt64(6)} items, {row.GetInt64(7)} unseen, {row.GetInt64(8)} deleted, {row.GetInt64(9)} octets",
            row.GetInt64(4), row.GetInt64(10), row.GetInt64(5), row.GetInt64(6), row.GetInt64(11));
    }
}
