using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// Brings contents under the current key, a step at a time, while the store is in use. How far it came is in the database, in the same unit
/// as what it did, so that it goes on where it was broken off. Contents that come meanwhile are under the current key anyway.
/// </summary>
internal sealed class ContentRekeyer(IDatabase database, ContentReencryptor reencryptor, KeyRing keys)
{
    /// <summary>A step ends after so many octets: a client waits for its end, and a unit under way is to be seen soon.</summary>
    private const long OctetsPerStep = 32 << 20;

    private const int ContentsPerStep = 2000;
    private const int ContentsPerUnit = 50;
    private const long OctetsPerUnit = 1 << 20;

    private readonly SemaphoreSlim _one = new(1);

    private string Counter => $"rekey to {keys.CurrentNumber}";

    /// <summary>Does the next step.</summary>
    /// <exception cref="ContentKeyException">There are no keys.</exception>
    public async Task<RekeyReport> StepAsync(CancellationToken cancellationToken)
    {
        ContentKey key = keys.Current ?? throw new ContentKeyException("the store is not encrypted: store.encryption names no keys");
        await _one.WaitAsync(cancellationToken);
        try
        {
            var problems = new List<string>();
            long position = await database.ReadAsync(ReadPositionAsync, cancellationToken);
            long rewritten = 0, octets = 0, looked = 0;
            bool isFinished = false;
            while (!isFinished && octets < OctetsPerStep && looked < ContentsPerStep)
            {
                List<StoredContent> rows = await ReadSomeAsync(position, cancellationToken);
                isFinished = rows.Count == 0;
                (int done, long size, int count) = await RewriteAsync(rows, problems, cancellationToken);
                rewritten += done;
                octets += size;
                looked += count;
                position = count == 0 ? position : rows[count - 1].Id;
            }
            long end = await database.ReadAsync(session => session.QueryLongAsync("SELECT max(id) FROM store_contents"), cancellationToken) ?? 0;
            (List<string> unused, Dictionary<string, long> used) = isFinished ? await FinishAsync(cancellationToken) : ([], []);
            return new RekeyReport(key.Id, rewritten, Math.Min(position, end), end, isFinished, problems, unused, used);
        }
        finally
        {
            _one.Release();
        }
    }

    private async ValueTask<long> ReadPositionAsync(IReadSession session) =>
        await session.QueryLongAsync("SELECT value FROM store_counters WHERE name = @p0", Counter) ?? 0;

    private ValueTask<List<StoredContent>> ReadSomeAsync(long after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            $"SELECT {StoredContent.Columns} FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id "
            + "WHERE c.id > @p0 ORDER BY c.id LIMIT @p1",
            StoredContent.Read, after, ContentsPerUnit),
        cancellationToken);

    // As many of the rows as one unit should change; returns how many were changed, their octets, and how many were looked at.
    private async Task<(int Done, long Octets, int Looked)> RewriteAsync(
        List<StoredContent> rows, List<string> problems, CancellationToken cancellationToken)
    {
        var changes = new List<Reencrypted>();
        long octets = 0;
        int looked = 0;
        try
        {
            for (; looked < rows.Count && octets < OctetsPerUnit; looked++)
            {
                StoredContent row = rows[looked];
                if (row.KeyNumber == keys.CurrentNumber)
                    continue;
                octets += row.Size;
                try
                {
                    changes.Add(await reencryptor.ReencryptAsync(row, cancellationToken));
                }
                catch (ContentException fault) when (fault is MissingContentException or DamagedContentException)
                {
                    if (await IsThereAsync(row, cancellationToken))
                        problems.Add($"content {row.Id}: {fault.Message}");
                }
            }
            if (looked > 0)
                await database.WriteAsync(session => ApplyAsync(session, changes, rows[looked - 1].Id), cancellationToken);
        }
        finally
        {
            foreach (Reencrypted change in changes)
                change.Release();
        }
        foreach (Reencrypted change in changes)
            await reencryptor.RemoveOldFileAsync(change, cancellationToken);
        return (changes.Count, octets, looked);
    }

    // What was collected meanwhile is no loss.
    private async ValueTask<bool> IsThereAsync(StoredContent row, CancellationToken cancellationToken) => await database.ReadAsync(
        session => session.QueryLongAsync("SELECT 1 FROM store_contents WHERE id = @p0 AND hash = @p1", row.Id, row.Hash), cancellationToken) is not null;

    private async ValueTask<int> ApplyAsync(IWriteSession session, List<Reencrypted> changes, long position)
    {
        foreach (Reencrypted change in changes)
        {
            // It may have been collected meanwhile.
            int changed = await session.ExecuteAsync(
                "UPDATE store_contents SET hash_key = @p1, hash = @p2, form = @p3, key_number = @p4, summary = @p5 WHERE id = @p0 AND hash = @p6",
                change.Old.Id, ContentRows.Key(change.Hash), change.Hash, (int)change.Form, keys.CurrentNumber, change.Summary, change.Old.Hash);
            if (changed > 0 && change.Octets is not null)
                await session.ExecuteAsync("UPDATE store_bodies SET octets = @p1 WHERE content_id = @p0", change.Old.Id, change.Octets);
        }
        return await session.ExecuteAsync(
            "INSERT INTO store_counters(name, value) VALUES(@p0, @p1) ON CONFLICT(name) DO UPDATE SET value = excluded.value", Counter, position);
    }

    // New contents are under the current key only, so that what is counted can become less and never more.
    private async Task<(List<string> Unused, Dictionary<string, long> Used)> FinishAsync(CancellationToken cancellationToken)
    {
        Dictionary<int, long> counts = await database.ReadAsync(
            async session => (await session.QueryAsync(
                "SELECT key_number, count(*) FROM store_contents GROUP BY key_number", row => (row.GetInt32(0), row.GetInt64(1)))).ToDictionary(),
            cancellationToken);
        var unused = new List<string>();
        var used = new Dictionary<string, long>();
        if (counts.TryGetValue(0, out long plain))
            used[""] = plain;
        foreach ((int number, string id) in keys.Others)
        {
            if (counts.TryGetValue(number, out long count))
                used[id] = count;
            else
                unused.Add(id);
        }
        int[] gone = [.. keys.Others.Where(key => unused.Contains(key.Id)).Select(key => key.Number)];
        await database.WriteAsync(
            async session =>
            {
                foreach (int number in gone)
                    await session.ExecuteAsync("DELETE FROM store_keys WHERE number = @p0", number);
                return await session.ExecuteAsync("DELETE FROM store_counters WHERE name = @p0", Counter);
            },
            cancellationToken);
        return (unused, used);
    }
}

/// <summary>A content under the current key, and what it was.</summary>
/// <param name="Old">The row as it was read.</param>
/// <param name="Hash">Its name now.</param>
/// <param name="Form">How its octets are stored now.</param>
/// <param name="Octets">Its octets in the database; null for a file.</param>
/// <param name="Summary">Its summary.</param>
/// <param name="Release">Gives up the hold on the new file.</param>
internal sealed record Reencrypted(StoredContent Old, byte[] Hash, ContentForm Form, byte[]? Octets, byte[] Summary, Action Release);
