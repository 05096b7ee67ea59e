using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares contents with their references and their octets with their hashes, some at a time.</summary>
internal sealed class ContentCheck(
    IDatabase database, BlobArea blobs, ContentVerifier verifier, SummaryCheck summaries, ContentCollector collector, LostContent lost, StoreOptions options,
    TimeProvider time)
{
    private const int ContentsPerRead = 50; // With octets, at most some megabytes.
    private const int RowsPerRead = 2000;

    private const string Select =
        $"SELECT {StoredContent.Columns}, c.hash_key, c.summary FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id WHERE ";

    /// <summary>Files without a row are collected within a day; older ones nobody will collect.</summary>
    private static readonly TimeSpan CollectedWithin = TimeSpan.FromDays(2);

    /// <summary>Reports contents of which another number of references was counted, when a second look at one moment says so too.</summary>
    public async Task CheckReferencesAsync(Findings findings, long first, int[] references, CancellationToken cancellationToken)
    {
        List<(long Id, long Refs, bool Since)> rows;
        for (long last = first - 1; (rows = await ReadReferencesAsync(last, first + references.Length, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach ((long id, long refs, bool since) in rows.Where(row => row.Refs != references[row.Id - first] || row.Refs == 0 != row.Since))
                await CheckReferenceAsync(id, findings, cancellationToken);
        }
    }

    public async Task CheckOctetsAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<Row> rows;
        for (long last = 0; (rows = await ReadSomeAsync(last, cancellationToken)).Count > 0; last = rows[^1].Found.Content.Id)
        {
            foreach ((FoundContent found, long hashKey) in rows)
            {
                if (hashKey != ContentRows.Key(found.Content.Hash))
                    await CheckKeyAsync(found.Content.Id, findings, cancellationToken);
                await CheckOctetsAsync(found, findings, cancellationToken);
            }
            findings.Contents += rows.Count;
            findings.Progress($"{findings.Contents} contents");
        }
        await CheckBodiesAsync(findings, cancellationToken);
    }

    /// <summary>Files that no row refers to.</summary>
    public async Task CheckFilesAsync(Findings findings, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        long waiting = 0;
        foreach ((byte[] hash, DateTimeOffset written) in blobs.List())
        {
            if (written > now - options.GraceTime || await IsKnownAsync(hash, cancellationToken))
                continue;
            string name = Convert.ToHexStringLower(hash);
            if (written > now - CollectedWithin)
                waiting++;
            else
                await findings.AddAsync("file-without-content", 0, $"file {name}: no content refers to it", () => RemoveFileAsync(hash, name, now - CollectedWithin));
        }
        if (waiting > 0)
            findings.Note($"{waiting} files of contents that were never stored wait to be collected, which happens once a day");
    }

    private async Task CheckReferenceAsync(long id, Findings findings, CancellationToken cancellationToken)
    {
        (long Refs, bool Since, long Found)? row = await database.ReadAsync(
            session => session.QueryFirstAsync(
                "SELECT c.refs, c.unreferenced_since IS NOT NULL, (SELECT count(*) FROM store_items WHERE content_id = @p0) "
                + "+ (SELECT count(*) FROM store_retained WHERE content_id = @p0) FROM store_contents c WHERE c.id = @p0",
                row => ((long, bool, long)?)(row.GetInt64(0), row.GetBoolean(1), row.GetInt64(2)), id),
            cancellationToken);
        if (row is not { } found || (found.Refs == found.Found && found.Refs == 0 == found.Since))
            return; // It changed between the two looks.
        await findings.AddAsync(
            "content-references", id, $"content {id}: it counts {found.Refs} references and has {found.Found}", async () =>
            {
                await database.WriteAsync(session => lost.RecountAsync(session, id));
                return "counted anew";
            });
    }

    // By a wrong key nobody finds the content: it is stored twice, and its file is taken for one that nobody refers to.
    private async Task CheckKeyAsync(long id, Findings findings, CancellationToken cancellationToken)
    {
        Row? now = await ReadOneAsync(id, cancellationToken);
        if (now is null || now.HashKey == ContentRows.Key(now.Found.Content.Hash))
            return; // It changed between the two looks.
        byte[] hash = now.Found.Content.Hash;
        await findings.AddAsync("content-key", id, $"content {id}: it can't be found by its name", async () =>
        {
            await database.WriteAsync(async session =>
            {
                await session.LockAsync(ContentRows.Key(hash));
                return await session.ExecuteAsync("UPDATE store_contents SET hash_key = @p2 WHERE id = @p0 AND hash = @p1", id, hash, ContentRows.Key(hash));
            });
            return "it is found again";
        });
    }

    private async Task CheckOctetsAsync(FoundContent found, Findings findings, CancellationToken cancellationToken)
    {
        StoredContent row = found.Content;
        if (await FindProblemAsync(row, cancellationToken) is null)
        {
            await summaries.RunAsync(found, findings, cancellationToken);
            return;
        }
        // It may have got another key, and with it another name, or have been collected, since it was read.
        if ((await ReadOneAsync(row.Id, cancellationToken))?.Found.Content is not { } now || await FindProblemAsync(now, cancellationToken) is not { } problem)
            return;
        await findings.AddAsync(problem.Kind, now.Id, $"content {now.Id}: {problem.Text}", problem.Mend);
    }

    private async Task<Problem?> FindProblemAsync(StoredContent row, CancellationToken cancellationToken)
    {
        if (row.Octets is not null == (row.Place == ContentPlace.Database))
        {
            return await verifier.VerifyAsync(row, cancellationToken) is { } fault
                ? new Problem("content-damaged", fault.Problem, fault.IsLost ? () => MoveAsideAsync(row) : null)
                : null;
        }
        StoredContent outside = row with { Place = ContentPlace.Blob };
        bool isOutside = await verifier.VerifyAsync(outside, cancellationToken) is null;
        if (row.Octets is null)
        {
            return isOutside
                ? new Problem("content-place", "its octets are outside", () => SetPlaceAsync(outside))
                : new Problem("content-damaged", "its octets are missing", () => MoveAsideAsync(row));
        }
        const string both = "its octets are inside and outside";
        if (isOutside)
            return new Problem("content-place", both, () => RemoveBodyAsync(row.Id));
        foreach (ContentForm form in (ContentForm[])[ContentForm.AsIs, ContentForm.Zstd])
        {
            StoredContent inside = row with { Place = ContentPlace.Database, Form = form };
            if (await verifier.VerifyAsync(inside, cancellationToken) is null)
                return new Problem("content-place", both, () => SetPlaceAsync(inside));
        }
        return new Problem("content-damaged", $"{both}, and neither are what was written", () => MoveAsideAsync(row));
    }

    private async Task CheckBodiesAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<(long Id, bool Known)> rows;
        for (long last = 0; (rows = await database.ReadAsync(
            session => session.QueryAsync(
                "SELECT b.content_id, c.id IS NOT NULL FROM store_bodies b LEFT JOIN store_contents c ON c.id = b.content_id "
                + "WHERE b.content_id > @p0 ORDER BY b.content_id LIMIT @p1",
                row => (row.GetInt64(0), row.GetBoolean(1)), last, RowsPerRead),
            cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach ((long id, _) in rows.Where(row => !row.Known))
                await findings.AddAsync("octets-without-content", id, $"octets {id}: no content refers to them", () => MoveBodyAsideAsync(id));
        }
    }

    private async Task<string?> SetPlaceAsync(StoredContent row)
    {
        await database.WriteAsync(async session =>
        {
            await session.LockAsync(ContentRows.Key(row.Hash));
            return await session.ExecuteAsync(
                "UPDATE store_contents SET place = @p2, form = @p3 WHERE id = @p0 AND hash = @p1", row.Id, row.Hash, (int)row.Place, (int)row.Form);
        });
        return $"they count where they are, {(row.Place == ContentPlace.Blob ? "outside" : "inside")}";
    }

    private async Task<string?> RemoveBodyAsync(long id)
    {
        await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = @p0", id));
        return "those outside count";
    }

    // Octets that are not those of the content are kept in a file, as they are stored: somebody may still make something of them.
    private async Task<string?> MoveAsideAsync(StoredContent row)
    {
        string kept = "";
        if (row.Octets is not null)
            kept = $"; what was there is in {await lost.SaveAsync($"content-{row.Id}", new MemoryStream(row.Octets))}";
        else if (blobs.Contains(row.Hash))
        {
            FileStream file = blobs.OpenFile(row.Hash);
            await using (file)
                kept = $"; what was there is in {await lost.SaveAsync($"content-{row.Id}", file)}";
        }
        if (await lost.ReplaceAsync(row.Id, retained: true) is not { } replaced)
            return null;
        // Nothing can refer to it any more, and the same message coming again must not find this row instead of its octets.
        await database.WriteAsync(async session =>
        {
            await session.LockAsync(ContentRows.Key(row.Hash));
            if (await session.ExecuteAsync("DELETE FROM store_contents WHERE id = @p0 AND refs = 0", row.Id) == 1)
                await session.PostAsync("DELETE FROM store_bodies WHERE content_id = @p0", row.Id);
            return 0;
        });
        if (row.Octets is null)
            await collector.CollectFileAsync(row.Hash, CancellationToken.None);
        return replaced + kept;
    }

    private async Task<string?> MoveBodyAsideAsync(long id)
    {
        byte[]? octets = await database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT octets FROM store_bodies WHERE content_id = @p0", row => row.GetFieldValue<byte[]>(0), id));
        string path = await lost.SaveAsync($"octets-{id}", new MemoryStream(octets ?? []));
        await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = @p0", id));
        return $"moved to {path}";
    }

    private async Task<string?> RemoveFileAsync(byte[] hash, string name, DateTimeOffset writtenBefore)
    {
        FileStream file = blobs.OpenFile(hash);
        string path;
        await using (file)
            path = await lost.SaveAsync($"file-{name}", file);
        await collector.CollectFileAsync(hash, writtenBefore, CancellationToken.None);
        return blobs.Contains(hash) ? null : $"moved to {path}";
    }

    private async ValueTask<bool> IsKnownAsync(byte[] hash, CancellationToken cancellationToken) => await database.ReadAsync(
        session => session.QueryLongAsync("SELECT 1 FROM store_contents WHERE hash_key = @p0 AND hash = @p1", ContentRows.Key(hash), hash),
        cancellationToken) is not null;

    private ValueTask<List<(long Id, long Refs, bool Since)>> ReadReferencesAsync(long last, long end, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.QueryAsync(
                "SELECT id, refs, unreferenced_since IS NOT NULL FROM store_contents WHERE id > @p0 AND id < @p1 ORDER BY id LIMIT @p2",
                row => (row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2)), last, end, RowsPerRead),
            cancellationToken);

    private ValueTask<List<Row>> ReadSomeAsync(long after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(Select + "c.id > @p0 AND c.refs > 0 ORDER BY c.id LIMIT @p1", Row.Read, after, ContentsPerRead),
        cancellationToken);

    private ValueTask<Row?> ReadOneAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstAsync<Row?>(Select + "c.id = @p0 AND c.refs > 0", Row.Read, id), cancellationToken);

    private sealed record Row(FoundContent Found, long HashKey)
    {
        public static Row Read(DbDataReader row) =>
            new(new FoundContent(StoredContent.Read(row), row.GetFieldValue<byte[]>(row.FieldCount - 1)), row.GetInt64(row.FieldCount - 2));
    }

    private sealed record Problem(string Kind, string Text, Func<Task<string?>>? Mend);
}
