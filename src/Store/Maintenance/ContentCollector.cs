using UnifiedMsg.Database;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Removes content to which no item has referred for the grace time, and files that never got a row.</summary>
internal sealed class ContentCollector(IDatabase database, BlobArea blobs, StoreOptions options, TimeProvider time)
{
    private const int ContentsPerUnit = 200;

    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        // A round that removed less than it could have leaves only what somebody holds: that is for a later time.
        while (await CollectSomeAsync(cancellationToken) == ContentsPerUnit)
            cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Compares the files with the rows: a crash, or content that was staged and not appended, leaves files without one.</summary>
    public async Task CollectFilesAsync(CancellationToken cancellationToken)
    {
        blobs.RemoveAbandoned();
        DateTimeOffset before = time.GetUtcNow() - options.GraceTime;
        foreach ((byte[] hash, DateTimeOffset written) in blobs.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (written < before)
                await CollectFileAsync(hash, before, cancellationToken);
        }
    }

    /// <summary>Removes a file at once if no row refers to it and nobody holds it.</summary>
    public ValueTask CollectFileAsync(byte[] hash, CancellationToken cancellationToken) =>
        CollectFileAsync(hash, DateTimeOffset.MaxValue, cancellationToken);

    /// <summary>The same for a file that nobody has staged since then.</summary>
    public async ValueTask CollectFileAsync(byte[] hash, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (!blobs.TryDoom(hash))
            return;
        try
        {
            if (!await database.ReadAsync(session => IsKnownAsync(session, hash), cancellationToken))
                await RemoveFileAsync(hash, before, cancellationToken);
        }
        finally
        {
            blobs.Spare(hash);
        }
    }

    private static async ValueTask<bool> IsKnownAsync(IReadSession session, byte[] hash) => await session.QueryLongAsync(
        "SELECT 1 FROM store_contents WHERE hash_key = @p0 AND hash = @p1", ContentRows.Key(hash), hash) is not null;

    // The hash is claimed, so nobody here has it staged. Whoever elsewhere would give it a row waits for the lock, and then finds either
    // the file or that it is gone. This and the look at the file's time are why a unit touches a file here.
    private Task<bool> RemoveFileAsync(byte[] hash, DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.LockAsync(ContentRows.Key(hash));
            // Another server may copy what a snapshot of it names so, from before the content had another name.
            bool isWanted = await FilesKept.AskAsync(session, time.GetUtcNow()) || await IsKnownAsync(session, hash) || blobs.Written(hash) > before;
            if (!isWanted)
                blobs.Delete(hash);
            return !isWanted;
        },
        cancellationToken);

    private async Task<int> CollectSomeAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset before = time.GetUtcNow() - options.GraceTime;
        List<Candidate> candidates = await database.ReadAsync(
            session => session.QueryAsync(
                "SELECT id, hash, place FROM store_contents WHERE refs = 0 AND unreferenced_since <= @p0 ORDER BY unreferenced_since LIMIT @p1",
                row => new Candidate(row.GetInt64(0), row.GetFieldValue<byte[]>(1), (ContentPlace)row.GetInt32(2)),
                before, ContentsPerUnit),
            cancellationToken);
        List<Candidate> claimed = candidates.FindAll(c => c.Place != ContentPlace.Blob || blobs.TryDoom(c.Hash));
        Dictionary<long, bool> removed = [];
        try
        {
            if (claimed.Count > 0)
                removed = await database.WriteLargeAsync(session => RemoveRowsAsync(session, claimed, before), cancellationToken);
        }
        finally
        {
            // The row goes first and durably: a file without a row is collected later, a row without its file would be a loss.
            foreach (Candidate candidate in claimed.Where(c => c.Place == ContentPlace.Blob))
            {
                try
                {
                    if (removed.GetValueOrDefault(candidate.Id))
                        await RemoveFileAsync(candidate.Hash, before, CancellationToken.None);
                }
                finally
                {
                    blobs.Spare(candidate.Hash);
                }
            }
        }
        return removed.Count;
    }

    /// <summary>The rows removed, each with whether its file is to go: two rows may share one, when a content came again before it was
    /// encrypted under its new name.</summary>
    private async ValueTask<Dictionary<long, bool>> RemoveRowsAsync(IWriteSession session, List<Candidate> candidates, DateTimeOffset before)
    {
        var removed = new Dictionary<long, bool>();
        // Another server may copy what a snapshot of it refers to.
        bool areFilesKept = await FilesKept.AskAsync(session, time.GetUtcNow());
        foreach (Candidate candidate in candidates.OrderBy(candidate => ContentRows.Key(candidate.Hash)))
        {
            if (areFilesKept && candidate.Place == ContentPlace.Blob)
                continue;
            await session.LockAsync(ContentRows.Key(candidate.Hash));
            // It may have been appended again since it was looked at.
            if (await session.ExecuteAsync(
                "DELETE FROM store_contents WHERE id = @p0 AND refs = 0 AND unreferenced_since <= @p1", candidate.Id, before) == 0)
                continue;
            await session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = @p0", candidate.Id);
            removed.Add(candidate.Id, candidate.Place == ContentPlace.Blob && !await IsKnownAsync(session, candidate.Hash));
        }
        return removed;
    }

    private sealed record Candidate(long Id, byte[] Hash, ContentPlace Place);
}
