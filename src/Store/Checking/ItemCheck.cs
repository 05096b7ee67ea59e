using UnifiedMsg.Database;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>
/// Looks at every item and retained item: whether folder and content are there, and how many refer to each content. Some at a
/// time, so what it counts is of many moments; whoever uses the counts has to look again where they differ.
/// </summary>
internal sealed class ItemCheck(IDatabase database, LostContent lost, FolderCheck folders)
{
    private const int ItemsPerRead = 2000;

    /// <summary>Looks at all items, and counts the references to the contents from <paramref name="first"/> on.</summary>
    public async Task RunAsync(Findings findings, bool report, long first, int[] references, CancellationToken cancellationToken)
    {
        List<Row> rows;
        for ((long Folder, long Uid) last = (long.MinValue, 0); (rows = await ReadAsync(last, cancellationToken)).Count > 0; last = (rows[^1].FolderId, rows[^1].Uid))
        {
            foreach (Row row in rows)
            {
                Count(row.ContentId, first, references);
                if (report && (!row.HasFolder || !row.HasContent || row.ContentSize != row.Size))
                    await ReportAsync(row, findings);
            }
            if (report)
                findings.Items += rows.Count;
            findings.Progress($"{findings.Items} items");
        }
        List<(long Id, long ContentId)> retained;
        for (long last = 0; (retained = await ReadRetainedAsync(last, cancellationToken)).Count > 0; last = retained[^1].Id)
        {
            foreach ((_, long contentId) in retained)
                Count(contentId, first, references);
        }
    }

    /// <summary>The counter from which ids come.</summary>
    public async Task CheckIdsAsync(Findings findings, CancellationToken cancellationToken)
    {
        (long? highest, long? next, List<(long Id, long Thread)> threads) = await database.ReadAsync(ReadIdsAsync, cancellationToken);
        if (highest >= (next ?? 1))
        {
            await findings.AddAsync("item-ids", highest.Value, $"item {highest}: its id was not given out yet", () => database.WriteAsync(async session =>
            {
                await session.ExecuteAsync(
                    "INSERT INTO store_counters(name, value) VALUES('item', @p0) ON CONFLICT(name) DO UPDATE SET value = @p0 "
                    + "WHERE store_counters.value < @p0", highest.Value + 1);
                return (string?)"ids go on above it";
            }));
        }
        foreach ((long id, long thread) in threads)
        {
            await findings.AddAsync("item-thread", id, $"item {id}: its thread {thread} was not given out yet", async () =>
            {
                await database.WriteAsync(session => session.ExecuteAsync("UPDATE store_items SET thread_id = id WHERE id = @p0 AND thread_id = @p1", id, thread));
                return "it begins a thread";
            });
        }
    }

    // Threads have the id of the item that they began with, which may be gone since; one that was not given out yet never was.
    private static async ValueTask<(long? Highest, long? Next, List<(long Id, long Thread)> Threads)> ReadIdsAsync(IReadSession session)
    {
        long? highest = await session.QueryLongAsync(
            "SELECT max(id) FROM (SELECT max(id) AS id FROM store_items UNION ALL SELECT max(id) FROM store_retained) AS all_ids");
        long? next = await session.QueryLongAsync("SELECT value FROM store_counters WHERE name = 'item'");
        return (highest, next, await session.QueryAsync(
            "SELECT id, thread_id FROM store_items WHERE thread_id IS NOT NULL AND (thread_id >= @p0 OR thread_id <= 0) ORDER BY thread_id, id LIMIT @p1",
            row => (row.GetInt64(0), row.GetInt64(1)), Math.Max(next ?? 1, (highest ?? 0) + 1), StoreReport.MaxProblems));
    }

    private static void Count(long contentId, long first, int[] references)
    {
        if (contentId >= first && contentId - first < references.Length)
            references[contentId - first]++;
    }

    private async Task ReportAsync(Row row, Findings findings)
    {
        if (!row.HasFolder)
            await findings.AddAsync("item-without-folder", row.Id, $"item {row.Id}: its folder {row.FolderId} does not exist", () => lost.MoveItemAsideAsync(row.Id));
        else if (!row.HasContent)
        {
            await findings.AddAsync(
                "item-without-content", row.Id, $"item {row.Id}: its content {row.ContentId} does not exist", () => lost.ReplaceAsync(row.ContentId, retained: false));
        }
        else
        {
            await findings.AddAsync(
                "item-size", row.Id, $"item {row.Id}: its content {row.ContentId} has {row.ContentSize} octets instead of {row.Size}", async () =>
                {
                    await database.WriteAsync(session => session.ExecuteAsync("UPDATE store_items SET size = @p1 WHERE id = @p0", row.Id, row.ContentSize));
                    await folders.MendAsync(row.FolderId);
                    return "it has the size of its content";
                });
        }
    }

    private ValueTask<List<Row>> ReadAsync((long Folder, long Uid) last, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT i.folder_id, i.uid, i.id, i.content_id, i.size, f.id, c.size FROM store_items i "
            + "LEFT JOIN store_folders f ON f.id = i.folder_id LEFT JOIN store_contents c ON c.id = i.content_id "
            + "WHERE (i.folder_id, i.uid) > (@p0, @p1) ORDER BY i.folder_id, i.uid LIMIT @p2",
            row => new Row(
                row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), !row.IsDBNull(5), !row.IsDBNull(6),
                row.IsDBNull(6) ? 0 : row.GetInt64(6)),
            last.Folder, last.Uid, ItemsPerRead),
        cancellationToken);

    private ValueTask<List<(long Id, long ContentId)>> ReadRetainedAsync(long last, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT id, content_id FROM store_retained WHERE id > @p0 ORDER BY id LIMIT @p1", row => (row.GetInt64(0), row.GetInt64(1)), last, ItemsPerRead),
        cancellationToken);

    private sealed record Row(long FolderId, long Uid, long Id, long ContentId, long Size, bool HasFolder, bool HasContent, long ContentSize);
}
