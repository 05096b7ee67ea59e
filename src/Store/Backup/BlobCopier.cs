using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Backup;

/// <summary>
/// Copies the files of large contents to a backup, each once, as they are, and anew
/// when it came under another key. When <see cref="Copy"/> or <see cref="CopyAll"/> returns, what
/// it copied is durable there.
/// </summary>
/// <remarks>A file that the store no longer has gets a mark with the time when that was first noticed. Once every chain begins later than
/// that, no state that can be restored refers to it.</remarks>
internal sealed class BlobCopier
{
    private const string TemporaryFolder = "tmp";
    private const string GoneFolder = "gone";

    private readonly BlobArea _source;
    private readonly string _target;
    private readonly bool _keepsMarks;

    /// <param name="source">Where the contents are.</param>
    /// <param name="target">The folder that they go to.</param>
    /// <param name="keepsMarks">Whether what the source no longer has is marked: in a backup, not in a store.</param>
    public BlobCopier(BlobArea source, string target, bool keepsMarks = true)
    {
        (_source, _target, _keepsMarks) = (source, target, keepsMarks);
        string temporary = Path.Combine(target, TemporaryFolder);
        PrivateFiles.CreateFolder(temporary);
        if (keepsMarks)
            PrivateFiles.CreateFolder(Path.Combine(target, GoneFolder));
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(target)!);
        foreach (string left in System.IO.Directory.EnumerateFiles(temporary))
            File.Delete(left);
    }

    /// <summary>Files copied.</summary>
    public long Count { get; private set; }

    /// <summary>Octets copied.</summary>
    public long Size { get; private set; }

    /// <summary>Copies what the backup does not have.</summary>
    public void CopyAll(DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (int first = 0; first < 256; first++)
        {
            string folder = Path.Combine(_target, $"{first:x2}");
            HashSet<string> there = [.. FilesOf(folder)];
            HashSet<string> here = [.. _source.FilesUnder($"{first:x2}")];
            bool copied = false;
            foreach (string name in here.Where(name => !there.Contains(name) || IsNewer(Convert.FromHexString(name), Path.Combine(folder, name))))
            {
                cancellationToken.ThrowIfCancellationRequested();
                copied |= CopyOne(Convert.FromHexString(name), folder);
            }
            if (copied)
                Sync(folder);
            MarkGone(there, here, now);
        }
    }

    /// <summary>Copies these, where the backup does not have them.</summary>
    public void Copy(IEnumerable<byte[]> hashes)
    {
        var folders = new HashSet<string>();
        foreach (byte[] hash in hashes)
        {
            string name = Convert.ToHexStringLower(hash);
            string folder = Path.Combine(_target, name[..2]);
            if (_keepsMarks)
                File.Delete(Path.Combine(_target, GoneFolder, name));
            string path = Path.Combine(folder, name);
            if ((!File.Exists(path) || IsNewer(hash, path)) && CopyOne(hash, folder))
                folders.Add(folder);
        }
        foreach (string folder in folders)
            Sync(folder);
    }

    /// <summary>Removes what no chain that begins at <paramref name="oldest"/> or later can refer to.</summary>
    public void Prune(DateTimeOffset oldest)
    {
        foreach (FileInfo mark in new DirectoryInfo(Path.Combine(_target, GoneFolder)).EnumerateFiles())
        {
            if (mark.Name.Length < 2 || mark.LastWriteTimeUtc >= oldest.UtcDateTime)
                continue;
            string path = Path.Combine(_target, mark.Name[..2], mark.Name);
            if (File.Exists(path))
                File.Delete(path);
            mark.Delete();
        }
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        System.IO.Directory.Exists(folder) ? System.IO.Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!) : [];

    private void MarkGone(HashSet<string> there, HashSet<string> here, DateTimeOffset now)
    {
        foreach (string name in there)
        {
            string mark = Path.Combine(_target, GoneFolder, name);
            if (here.Contains(name))
                File.Delete(mark);
            else if (!File.Exists(mark))
            {
                PrivateFiles.Open(mark, FileMode.Create, FileAccess.Write, FileShare.None).Dispose();
                File.SetLastWriteTimeUtc(mark, now.UtcDateTime);
            }
        }
    }

    // A key goes out of use once nothing in the store needs it, and the backup must not need it longer. Without keys a look at each file costs
    // for nothing: the same name is the same octets.
    private bool IsNewer(byte[] hash, string copy) => _source.IsEncrypted && _source.Written(hash)?.UtcDateTime > File.GetLastWriteTimeUtc(copy);

    private bool CopyOne(byte[] hash, string folder)
    {
        string name = Convert.ToHexStringLower(hash);
        string temporary = Path.Combine(_target, TemporaryFolder, Guid.NewGuid().ToString("N"));
        try
        {
            using FileStream source = _source.OpenFile(hash);
            using (FileStream copy = PrivateFiles.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                source.CopyTo(copy, 1 << 20);
                // As its own: by that it is seen when the file comes anew.
                File.SetLastWriteTimeUtc(copy.SafeFileHandle, File.GetLastWriteTimeUtc(source.SafeFileHandle));
                copy.Flush(flushToDisk: true);
                Size += copy.Length;
            }
            PrivateFiles.CreateFolder(folder);
            File.Move(temporary, Path.Combine(folder, name), overwrite: true);
            Count++;
            return true;
        }
        catch (MissingContentException)
        {
            // Collected meanwhile: whatever referred to it is followed by a commit that does not.
            return false;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void Sync(string folder)
    {
        PrivateFiles.SyncDirectory(folder);
        PrivateFiles.SyncDirectory(_target);
    }
}
