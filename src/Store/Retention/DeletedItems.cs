using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Quotas;

namespace UnifiedMsg.Store.Retention;

/// <summary>A deleted item that can be put back.</summary>
/// <param name="Id">By which it is put back.</param>
/// <param name="DeletedAt">When it was expunged, or its folder removed.</param>
/// <param name="Folder">The folder that it was in, by the name of then.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">Its flags, without <c>\Deleted</c>.</param>
/// <param name="InternalDate">When it was received.</param>
/// <param name="Size">Octets.</param>
/// <param name="From">The first author.</param>
/// <param name="Subject">The subject.</param>
public sealed record DeletedItem(
    long Id, DateTimeOffset DeletedAt, string Folder, ItemKind Kind, ItemFlags Flags, DateTimeOffset InternalDate, long Size, string From,
    string Subject);

/// <summary>Which deleted items are meant.</summary>
/// <param name="Ids">These; null for all.</param>
/// <param name="Since">Deleted then or later.</param>
/// <param name="Folder">Out of this folder, by the name of then.</param>
/// <param name="Text">Whose author or subject has this in it.</param>
public sealed record DeletedFilter(IReadOnlyList<long>? Ids = null, DateTimeOffset? Since = null, string? Folder = null, string? Text = null);

/// <summary>What was put back.</summary>
/// <param name="Restored">How many items.</param>
/// <param name="Folders">Into which folders.</param>
public sealed record UndeleteResult(int Restored, IReadOnlyList<string> Folders);

/// <summary>Lists what an account deleted within the retention time, puts it back, and forgets it afterwards.</summary>
public sealed class DeletedItems
{
    private const string RecoveredFolder = "Recovered";
    private const int ItemsPerUnit = 200;

    private const string Select =
        "SELECT r.id, r.deleted_at, r.folder_path, r.kind, r.flags, r.internal_date, r.size, c.summary, r.folder_id, r.keywords, r.content_id, "
        + "r.email_id, r.thread_id, c.hash, c.key_number FROM store_retained r LEFT JOIN store_contents c ON c.id = r.content_id ";

    private readonly IDatabase _database;
    private readonly KeyRing _keys;
    private readonly ItemIds _ids;
    private readonly QuotaKeeper _quota;
    private readonly ChangeFeed _feed;
    private readonly FolderWriter _folders;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;

    internal DeletedItems(
        IDatabase database, KeyRing keys, ItemIds ids, QuotaKeeper quota, ChangeFeed feed, FolderWriter folders, StoreOptions options, TimeProvider time)
    {
        (_database, _keys, _ids, _quota, _feed, _folders) = (database, keys, ids, quota, feed, folders);
        (_options, _time) = (options, time);
    }

    /// <summary>The deleted items of an account, the last deleted first; at most so many.</summary>
    public async Task<IReadOnlyList<DeletedItem>> ListAsync(
        long accountId, DeletedFilter filter, int most = int.MaxValue, CancellationToken cancellationToken = default)
    {
        var found = new List<DeletedItem>();
        await foreach (Row row in ReadAsync(accountId, filter, cancellationToken))
        {
            found.Add(row.Item);
            if (found.Count == most)
                break;
        }
        return found;
    }

    /// <summary>Puts items back into their folders, or into <c>Recovered</c> where the folder is gone, with new UIDs and everything else as it was.
    /// A full mailbox takes them too: they were in it.</summary>
    public async Task<UndeleteResult> RestoreAsync(long accountId, DeletedFilter filter, CancellationToken cancellationToken = default)
    {
        var rows = new List<Row>();
        await foreach (Row row in ReadAsync(accountId, filter, cancellationToken))
            rows.Add(row);
        // In the order in which they were deleted, and of those the oldest item first.
        rows.Reverse();
        int restored = 0;
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Row[] some in rows.Chunk(ItemsPerUnit))
        {
            (int count, List<string> paths) = await _database.WriteLargeAsync(session => RestoreSomeAsync(session, accountId, some), cancellationToken);
            restored += count;
            folders.UnionWith(paths);
        }
        return new UndeleteResult(restored, [.. folders]);
    }

    /// <summary>Forgets what was deleted too long ago, in small units.</summary>
    internal async Task PurgeAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset before = _time.GetUtcNow() - _options.DeletedItemRetention;
        while (await _database.ReadAsync(
            session => session.QueryLongAsync("SELECT 1 FROM store_retained WHERE deleted_at <= @p0 LIMIT 1", before), cancellationToken) is not null)
            await _database.WriteLargeAsync(session => PurgeSomeAsync(session, before), cancellationToken);
    }

    private async ValueTask<int> PurgeSomeAsync(IWriteSession session, DateTimeOffset before)
    {
        List<long> due = await session.QueryAsync(
            "DELETE FROM store_retained WHERE id IN (SELECT id FROM store_retained WHERE deleted_at <= @p0 ORDER BY deleted_at LIMIT @p1) "
            + "RETURNING content_id",
            row => row.GetInt64(0), before, ItemsPerUnit);
        await ContentRows.DropReferencesAsync(session, due, _time.GetUtcNow());
        return due.Count;
    }

    private async ValueTask<(int Count, List<string> Folders)> RestoreSomeAsync(IWriteSession session, long accountId, Row[] rows)
    {
        await AccountLock.TakeAsync(session, accountId);
        int restored = 0;
        var folders = new List<string>();
        foreach (IGrouping<(long, string), Row> group in rows.GroupBy(row => (row.FolderId, row.Item.Folder)))
        {
            Folder target = await FindTargetAsync(session, accountId, group.First());
            var taken = new List<Row>();
            foreach (Row row in group)
            {
                // Somebody else may have put it back, or the time may have run out, since it was listed.
                if (await session.ExecuteAsync("DELETE FROM store_retained WHERE id = @p0 AND account_id = @p1", row.Item.Id, accountId) == 1)
                    taken.Add(row);
            }
            if (taken.Count > 0)
            {
                await InsertAsync(session, target, taken);
                folders.Add(target.Path);
            }
            restored += taken.Count;
        }
        return (restored, folders);
    }

    private async ValueTask InsertAsync(IWriteSession session, Folder target, List<Row> rows)
    {
        Change change = await _quota.TakeAsync(session, target.Id, rows.Count, rows.Sum(row => row.Item.Size), beyond: true);
        var counters = new FolderCounters();
        int kinds = 0;
        foreach (Row row in rows)
        {
            counters.Count(row.Item.Flags, row.Item.Size, 1);
            kinds |= 1 << (int)row.Item.Kind;
        }
        uint uid = await counters.ApplyAsync(session, target.Id, change.ModSeq, rows.Count);
        long id = await _ids.TakeAsync(session, rows.Count);
        foreach (Row row in rows)
        {
            var item = new Item(
                id++, target.Id, uid++, change.ModSeq, row.Item.Kind, row.Item.Flags, Keywords.Parse(row.Keywords), row.Item.InternalDate, row.Item.Size,
                row.EmailId, row.ThreadId);
            await ItemRows.InsertAsync(session, item, row.ContentId);
        }
        _feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, target.Id, change.ModSeq, kinds));
    }

    private async ValueTask<Folder> FindTargetAsync(IWriteSession session, long accountId, Row row)
    {
        if (await FolderReader.FindAsync(session, row.FolderId) is { } same && same.AccountId == accountId)
            return same;
        return await FolderReader.FindAsync(session, accountId, row.Item.Folder)
            ?? await FolderReader.FindAsync(session, accountId, RecoveredFolder)
            ?? await _folders.CreateAsync(session, accountId, RecoveredFolder, SpecialUse.None);
    }

    private async IAsyncEnumerable<Row> ReadAsync(
        long accountId, DeletedFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<long>? ids = filter.Ids is null ? null : [.. filter.Ids];
        string? folder = filter.Folder is null ? null : FolderPath.Normalize(filter.Folder);
        long time = long.MaxValue, id = long.MaxValue;
        List<Row> some;
        do
        {
            (long beforeTime, long beforeId) = (time, id);
            some = await _database.ReadAsync(
                session => session.QueryAsync(
                    Select + "WHERE r.account_id = @p0 AND r.deleted_at >= @p1 AND (r.deleted_at < @p2 OR (r.deleted_at = @p2 AND r.id < @p3)) "
                    + "ORDER BY r.deleted_at DESC, r.id DESC LIMIT @p4",
                    Map, accountId, filter.Since ?? DateTimeOffset.UnixEpoch, beforeTime, beforeId, ItemsPerUnit),
                cancellationToken);
            foreach (Row row in some)
            {
                (time, id) = (DatabaseTime.ToMicroseconds(row.Item.DeletedAt), row.Item.Id);
                if (ids?.Contains(id) != false && (folder is null || row.Item.Folder == folder) && HasText(row.Item, filter.Text))
                    yield return row;
            }
        }
        while (some.Count == ItemsPerUnit);
    }

    private static bool HasText(DeletedItem item, string? text) =>
        text is null || item.From.Contains(text, StringComparison.OrdinalIgnoreCase) || item.Subject.Contains(text, StringComparison.OrdinalIgnoreCase);

    private Row Map(DbDataReader row)
    {
        MessageSummary? summary = row.IsDBNull(7)
            ? null
            : PackedSummary.Read(row.GetFieldValue<byte[]>(7), row.GetFieldValue<byte[]>(13), _keys.Of(row.GetInt32(14)));
        var item = new DeletedItem(
            row.GetInt64(0), row.GetTime(1), row.GetString(2), (ItemKind)row.GetInt32(3), (ItemFlags)row.GetInt32(4) & ~ItemFlags.Deleted, row.GetTime(5),
            row.GetInt64(6), summary is null ? "" : FromOf(summary), summary?.Envelope.Subject ?? "");
        return new Row(item, row.GetInt64(8), row.IsDBNull(9) ? null : row.GetString(9), row.GetInt64(10),
            row.GetInt64(row.IsDBNull(11) ? 0 : 11), row.IsDBNull(12) ? 0 : row.GetInt64(12));
    }

    private static string FromOf(MessageSummary summary) => summary.Envelope.From switch
    {
        [{ Name.Length: > 0 } named, ..] => named.Name,
        [var first, ..] => $"{first.Mailbox}@{first.Host}",
        _ => "",
    };

    private sealed record Row(DeletedItem Item, long FolderId, string? Keywords, long ContentId, long EmailId, long ThreadId);
}
