using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Store.Backup;

/// <summary>Takes the database out of a backup as it was at a point in time.</summary>
public sealed class BackupReader : IDisposable
{
    private const string Unfinished = ".unfinished";

    private readonly BackupTarget _source;

    /// <summary>Opens a backup.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    public BackupReader(string path) => _source = BackupTarget.OpenForReading(path);

    /// <summary>The folder of large contents.</summary>
    public string BlobFolder => _source.BlobFolder;

    /// <summary>Writes the database file of the last commit that is not later than <paramref name="at"/>, or of the very last; returns when that was.
    /// The file gets its name when it is complete and durable.</summary>
    /// <exception cref="BackupException">The backup has no such state, or is damaged before it.</exception>
    public DateTimeOffset WriteDatabase(
        string path, DateTimeOffset? at, Action<long>? onPages = null, CancellationToken cancellationToken = default)
    {
        using var reader = new PageChainReader(FindChain(at));
        long pages = 0;
        int pageSize = 0;
        using (FileStream file = PrivateFiles.Open(path + Unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            reader.Read(
                at,
                (record, images) =>
                {
                    pageSize = record.PageSize;
                    foreach (PageImage image in images)
                        RandomAccess.Write(file.SafeFileHandle, image.Octets.Span, (image.Number - 1L) * pageSize);
                    onPages?.Invoke(pages += images.Count);
                },
                cancellationToken);
            if (reader.PageCount == 0)
                throw new BackupException($"the backup has no complete state{(at is null ? "" : $" of {at:O} or before")}");
            // Pages that a later commit gave up, and those that were never written.
            RandomAccess.SetLength(file.SafeFileHandle, reader.PageCount * (long)pageSize);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }
        File.Move(path + Unfinished, path, overwrite: false);
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return reader.Time;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private string FindChain(DateTimeOffset? at)
    {
        IReadOnlyList<string> chains = _source.Chains;
        if (at is null)
            return chains[^1];
        return chains.LastOrDefault(chain => PageChainReader.BeginOf(chain) <= at)
            ?? throw new BackupException($"the backup begins at {PageChainReader.BeginOf(chains[0]):O} and has nothing of {at:O} or before");
    }
}
