using System.Globalization;
using System.Security.Cryptography;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// Which database the files of contents belong to. For another one, or one that was made anew because the old was not found, they all would be files
/// that nobody refers to, and be removed.
/// </summary>
public static class BlobOwner
{
    private const string FileName = "store-id";
    private const string Unfinished = ".new";
    private const string Counter = "store_id";

    /// <summary>Whether there are contents in the folder, or it is a database's that has none yet.</summary>
    public static bool IsTaken(string blobFolder) => File.Exists(Path.Combine(blobFolder, FileName)) || HasContents(blobFolder);

    /// <summary>Holds that the files are those of the database, and notes it where it was not noted yet.</summary>
    /// <exception cref="DatabaseException">They are not. Nothing was changed.</exception>
    internal static async Task RequireAsync(IDatabase database, string blobFolder, CancellationToken cancellationToken)
    {
        string path = Path.Combine(blobFolder, FileName);
        string id = (await IdOfAsync(database, cancellationToken)).ToString(CultureInfo.InvariantCulture);
        if (File.Exists(path))
        {
            if ((await File.ReadAllTextAsync(path, cancellationToken)).Trim() != id)
                throw Foreign(blobFolder, $"{path} says so; remove that file if the database was restored from a dump of before it was written");
            return;
        }
        // A store from before this was noted knows files of its own.
        if (HasContents(blobFolder) && !await KnowsFilesAsync(database, cancellationToken))
            throw Foreign(blobFolder, "it knows none of the contents");
        Note(path, id);
    }

    private static bool HasContents(string blobFolder) =>
        System.IO.Directory.Exists(blobFolder) && BlobArea.List(blobFolder).Any();

    private static async Task<long> IdOfAsync(IDatabase database, CancellationToken cancellationToken) =>
        await ReadIdAsync(database, cancellationToken) ?? await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "INSERT INTO store_counters(name, value) VALUES(@p0, @p1) ON CONFLICT(name) DO NOTHING",
                    Counter, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue);
                return (long)(await session.QueryLongAsync("SELECT value FROM store_counters WHERE name = @p0", Counter))!;
            },
            cancellationToken);

    private static ValueTask<long?> ReadIdAsync(IDatabase database, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryLongAsync("SELECT value FROM store_counters WHERE name = @p0", Counter), cancellationToken);

    private static async Task<bool> KnowsFilesAsync(IDatabase database, CancellationToken cancellationToken) => await database.ReadAsync(
        session => session.QueryLongAsync("SELECT 1 FROM store_contents WHERE place = 1 LIMIT 1"), cancellationToken) is not null;

    // Two servers that begin at once write the same.
    private static void Note(string path, string id)
    {
        string unfinished = path + Unfinished + Guid.NewGuid().ToString("N");
        using (FileStream file = PrivateFiles.Open(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(id + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static DatabaseException Foreign(string blobFolder, string why) => new(
        $"The contents in {blobFolder} belong to another database than this one ({why}), and nothing was changed. Write under `database` the one that they belong to, "
        + "or under `database.blobs` the folder of this one; if no mail of theirs is wanted any more, move the folder away.");
}
