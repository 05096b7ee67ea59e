using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Backup;

/// <summary>What came out of a backup as a whole.</summary>
/// <param name="StateOf">When the state was committed.</param>
/// <param name="Folders">Folders of all mailboxes.</param>
/// <param name="Items">Items of all mailboxes.</param>
/// <param name="Blobs">Large contents copied.</param>
/// <param name="Missing">Large contents that items refer to and that the backup does not have.</param>
public sealed record RestoreResult(DateTimeOffset StateOf, long Folders, long Items, long Blobs, IReadOnlyList<string> Missing);

/// <summary>Restores a whole backup into an empty folder, or by way of it into an empty database of a server.</summary>
/// <param name="folder">The data folder; for a server a folder of its own.</param>
/// <param name="databaseName">The name of the database in it.</param>
/// <param name="blobFolder">Where large contents go: in it or elsewhere.</param>
/// <param name="searchName">The name of the search index. One that is there is of what was there before, and is removed.</param>
public sealed class StoreRestore(string folder, string databaseName, string blobFolder, string searchName)
{
    /// <summary>The file by which it is seen that a restore into the folder was cut off.</summary>
    public const string MarkName = "restore-unfinished";

    private const string Restoring = ".restoring";

    /// <summary>Item ids that a lost future of the store may have given out.</summary>
    private const int SkippedIds = 1_000_000;

    /// <summary>Restores the state of <paramref name="at"/>, or the last one. The database gets its name last: until then a server finds none.</summary>
    /// <param name="source">The backup.</param>
    /// <param name="at">The latest commit wanted; null for the last.</param>
    /// <param name="open">Opens the database of this path with every schema of the program.</param>
    /// <param name="now">The time.</param>
    /// <param name="deliver">Takes the database over to where it belongs, all or nothing; then the folder goes. Null: it stays in the folder.</param>
    /// <param name="cancellationToken">Ends it; what is there then is cleared by the next restore.</param>
    /// <exception cref="BackupException">The folder is not empty, or the backup can't be read. Nothing was overwritten.</exception>
    public async Task<RestoreResult> RunAsync(
        string source, DateTimeOffset? at, Func<string, Task<IDatabase>> open, DateTimeOffset now, Func<IDatabase, Task>? deliver = null,
        CancellationToken cancellationToken = default)
    {
        using var reader = new BackupReader(source);
        PrepareFolder();
        string restoring = Path.Combine(folder, databaseName + Restoring);
        DateTimeOffset stateOf = await WriteDatabaseAsync(reader, restoring, at, cancellationToken);
        RestoreResult result;
        IDatabase database = await open(restoring);
        await using (database)
        {
            (long copied, List<string> missing) = await CopyBlobsAsync(database, reader.BlobFolder, cancellationToken);
            await database.WriteAsync(session => RenewAsync(session, now), cancellationToken);
            (long? folders, long? items) = await database.ReadAsync(
                async session => (
                    await session.QueryLongAsync("SELECT count(*) FROM store_folders WHERE account_id > 0"),
                    await session.QueryLongAsync("SELECT count(*) FROM store_items")),
                cancellationToken);
            result = new RestoreResult(stateOf, folders!.Value, items!.Value, copied, missing);
            if (deliver is not null)
                await deliver(database);
        }
        if (deliver is not null)
        {
            System.IO.Directory.Delete(folder, recursive: true);
            return result;
        }
        File.Move(restoring, Path.Combine(folder, databaseName), overwrite: false);
        File.Delete(Path.Combine(folder, MarkName));
        PrivateFiles.SyncDirectory(folder);
        return result;
    }

    private async Task<DateTimeOffset> WriteDatabaseAsync(
        BackupReader reader, string restoring, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => reader.WriteDatabase(restoring, at, cancellationToken: cancellationToken), cancellationToken);
        }
        catch (BackupException)
        {
            // What was asked for is not in the backup: the folder is as empty as it was.
            foreach (string left in System.IO.Directory.GetFiles(folder, databaseName + Restoring + "*"))
                File.Delete(left);
            File.Delete(Path.Combine(folder, MarkName));
            throw;
        }
    }

    private void PrepareFolder()
    {
        PrivateFiles.CreateFolder(folder);
        string mark = Path.Combine(folder, MarkName);
        List<string> there = [.. NamesIn(folder).Where(name => !name.StartsWith(searchName, StringComparison.Ordinal))];
        // The mark tells which folders a restore that was cut off has found empty.
        string? unfinished = File.Exists(mark) && !there.Contains(databaseName) ? File.ReadAllText(mark) : null;
        if (unfinished is null)
            RequireEmpty(folder, there);
        if (unfinished != Path.GetFullPath(blobFolder))
            RequireEmpty(blobFolder, NamesIn(blobFolder));
        string[] ours = [MarkName, databaseName + Restoring, searchName];
        foreach (string name in NamesIn(folder).Where(name => ours.Any(each => name.StartsWith(each, StringComparison.Ordinal))))
            File.Delete(Path.Combine(folder, name));
        foreach (string path in System.IO.Directory.Exists(blobFolder) ? System.IO.Directory.GetDirectories(blobFolder) : [])
            System.IO.Directory.Delete(path, recursive: true);
        using (FileStream made = PrivateFiles.Open(mark, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            made.Write(System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(blobFolder)));
            made.Flush(flushToDisk: true);
        }
        PrivateFiles.SyncDirectory(folder);
    }

    private static List<string> NamesIn(string path) =>
        System.IO.Directory.Exists(path) ? [.. System.IO.Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!)] : [];

    private static void RequireEmpty(string path, List<string> names)
    {
        if (names.Count > 0)
        {
            throw new BackupException(
                $"{path} is not empty; nothing was overwritten. Stop the server, move the folder away and restore again, or restore one mailbox beside the running server with --mailbox");
        }
    }

    private async Task<(long Copied, List<string> Missing)> CopyBlobsAsync(
        IDatabase database, string source, CancellationToken cancellationToken)
    {
        PrivateFiles.CreateFolder(blobFolder);
        BlobArea blobs = BlobArea.ForReading(source, KeyRing.Empty, NullLogger.Instance);
        var copier = new BlobCopier(blobs, blobFolder, keepsMarks: false);
        var missing = new List<string>();
        List<(long Id, byte[] Hash, bool Used)> rows;
        for (long last = 0; (rows = await ReadSomeAsync(database, last, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            copier.Copy(rows.Select(row => row.Hash));
            missing.AddRange(
                from row in rows
                where row.Used
                let name = Convert.ToHexStringLower(row.Hash)
                where !File.Exists(Path.Combine(blobFolder, name[..2], name))
                select name);
        }
        return (copier.Count, missing);
    }

    private static ValueTask<List<(long Id, byte[] Hash, bool Used)>> ReadSomeAsync(
        IDatabase database, long last, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT id, hash, refs FROM store_contents WHERE id > @p0 AND place = 1 ORDER BY id LIMIT 500",
            row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2) > 0), last),
        cancellationToken);

    // RFC 9051 §2.3.1.1: what was given out after the restored state is unknown here, and a client may have it; with new values
    // of UIDVALIDITY it reads every folder anew instead of taking one message for another.
    private static async ValueTask<int> RenewAsync(IWriteSession session, DateTimeOffset now)
    {
        await session.ExecuteAsync("UPDATE store_counters SET value = value + @p0 WHERE name = 'item'", SkippedIds);
        await session.ExecuteAsync(
            "UPDATE store_accounts SET modseq = modseq + 1, uid_validity = CASE WHEN uid_validity < @p0 THEN @p0 ELSE uid_validity + 1 END",
            now.ToUnixTimeSeconds());
        return await session.ExecuteAsync(
            "UPDATE store_folders SET uid_validity = (SELECT a.uid_validity FROM store_accounts a WHERE a.account_id = store_folders.account_id) "
            + "WHERE account_id > 0");
    }
}
