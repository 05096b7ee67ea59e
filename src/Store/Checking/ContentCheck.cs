using System.Buffers;
using System.Security.Cryptography;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares contents with their references and their octets with their hashes, some at a time.</summary>
internal sealed class ContentCheck(IDatabase database, BlobArea blobs, LostContent lost, StoreOptions options, TimeProvider time)
{
    private const int ContentsPerRead = 50; // With octets, at most some megabytes.
    private const int RowsPerRead = 2000;

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
        for (long last = 0; (rows = await ReadSomeAsync(last, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach (Row row in rows)
                await CheckOctetsAsync(row, findings, cancellationToken);
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
                await findings.AddAsync("file-without-content", 0, $"file {name}: no content refers to it", () => RemoveFileAsync(hash, name));
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

    private async Task CheckOctetsAsync(Row row, Findings findings, CancellationToken cancellationToken)
    {
        if (row.Octets is not null && row.Place == ContentPlace.Blob)
        {
            await findings.AddAsync("content-place", row.Id, $"content {row.Id}: its octets are inside and outside", () => SetPlaceAsync(row, ContentPlace.Database));
            return;
        }
        string? problem = row.Octets is not null
            ? await CompareAsync(row, new MemoryStream(row.Octets), "body", cancellationToken)
            : await CheckBlobAsync(row, cancellationToken);
        bool outside = row.Octets is null && row.Place == ContentPlace.Database;
        if (outside && problem is null)
            await findings.AddAsync("content-place", row.Id, $"content {row.Id}: its octets are outside", () => SetPlaceAsync(row, ContentPlace.Blob));
        else if (problem is not null)
        {
            string text = outside ? "its octets are missing" : problem;
            await findings.AddAsync("content-damaged", row.Id, $"content {row.Id}: {text}", () => MoveAsideAsync(row));
        }
    }

    private async Task<string?> CheckBlobAsync(Row row, CancellationToken cancellationToken)
    {
        try
        {
            Stream file = blobs.OpenRead(row.Hash);
            await using (file)
                return await CompareAsync(row, file, "file", cancellationToken);
        }
        catch (MissingContentException)
        {
            return "its file is missing";
        }
        catch (Exception fault) when (fault is InvalidDataException or ContentException)
        {
            return $"its file can't be read: {fault.Message}";
        }
    }

    private static async Task<string?> CompareAsync(Row row, Stream octets, string what, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            long size = 0;
            for (int count; (count = await octets.ReadAsync(buffer, cancellationToken)) > 0; size += count)
                hash.AppendData(buffer, 0, count);
            if (size != row.Size)
                return $"its {what} has {size} octets instead of {row.Size}";
            return hash.GetHashAndReset().AsSpan().SequenceEqual(row.Hash) ? null : $"its {what} has another hash";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
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

    private async Task<string?> SetPlaceAsync(Row row, ContentPlace place)
    {
        await database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET place = @p1 WHERE id = @p0", row.Id, (int)place));
        return $"they count where they are, {(place == ContentPlace.Blob ? "outside" : "inside")}";
    }

    // Octets that are not those of the content are kept in a file: somebody may still make something of them.
    private async Task<string?> MoveAsideAsync(Row row)
    {
        string kept = "";
        if (row.Octets is not null)
        {
            kept = $"; what was there is in {await lost.SaveAsync($"content-{row.Id}", new MemoryStream(row.Octets))}";
            await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = @p0", row.Id));
        }
        else if (blobs.List().Any(file => file.Hash.AsSpan().SequenceEqual(row.Hash)))
        {
            FileStream file = blobs.OpenFile(row.Hash);
            await using (file)
                kept = $"; what was there is in {await lost.SaveAsync($"content-{row.Id}", file)}";
        }
        string? replaced = await lost.ReplaceAsync(row.Id, retained: true);
        // Nothing can refer to it any more, and the same message coming again must not find this row instead of its octets.
        await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_contents WHERE id = @p0 AND refs = 0", row.Id));
        if (row.Octets is null && blobs.TryDoom(row.Hash))
            blobs.Remove(row.Hash);
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

    private async Task<string?> RemoveFileAsync(byte[] hash, string name)
    {
        if (!blobs.TryDoom(hash))
            return null;
        FileStream file = blobs.OpenFile(hash);
        string path;
        await using (file)
            path = await lost.SaveAsync($"file-{name}", file);
        blobs.Remove(hash);
        return $"moved to {path}";
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
        session => session.QueryAsync(
            "SELECT c.id, c.hash, c.size, c.place, b.octets FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id "
            + "WHERE c.id > @p0 AND c.refs > 0 ORDER BY c.id LIMIT @p1",
            row => new Row(
                row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), (ContentPlace)row.GetInt32(3),
                row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4)),
            after, ContentsPerRead),
        cancellationToken);

    private sealed record Row(long Id, byte[] Hash, long Size, ContentPlace Place, byte[]? Octets);
}
