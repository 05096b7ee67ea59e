using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Store.Backup;

/// <summary>
/// The folder of a backup: <c>unifiedmsg-backup.json</c>, the chains of database pages in <c>chains/</c>, and large contents in
/// <c>blobs/</c> under the names that they have in the store. What has a temporary name does not count.
/// </summary>
public sealed class BackupTarget : IDisposable
{
    private const string ManifestName = "unifiedmsg-backup.json";
    private const string CopyName = "copy";
    private const string LockName = "lock";
    private const string ChainFolder = "chains";
    private const string BlobFolderName = "blobs";
    private const string Unfinished = ".new";
    private const int Format = 1;

    private readonly FileStream? _lock;

    private BackupTarget(string path, FileStream? taken) => (Path, _lock) = (path, taken);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of large contents.</summary>
    public string BlobFolder => System.IO.Path.Combine(Path, BlobFolderName);

    /// <summary>The folders of the chains, oldest first.</summary>
    public IReadOnlyList<string> Chains
    {
        get
        {
            string folder = System.IO.Path.Combine(Path, ChainFolder);
            return !System.IO.Directory.Exists(folder)
                ? []
                : [.. System.IO.Directory.GetDirectories(folder).Where(IsChain).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Which copy of the database extends the backup, where it is not the database itself that does. See <see cref="IPageSource.GoOnAsync"/>.</summary>
    public string? Copy
    {
        get
        {
            string path = System.IO.Path.Combine(Path, CopyName);
            return File.Exists(path) && File.ReadAllText(path) is { Length: > 0 } copy ? copy : null;
        }

        set
        {
            if (value != Copy)
                Replace(System.IO.Path.Combine(Path, CopyName), value ?? "");
        }
    }

    /// <summary>Opens a backup to add to it, or begins one in an empty folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="store">The name of the store: a folder holds the backup of one store.</param>
    /// <exception cref="BackupException">The folder holds something else, or another backup goes there now. Nothing was written.</exception>
    public static BackupTarget OpenForWriting(string path, string store)
    {
        PrivateFiles.CreateFolder(path);
        string manifest = System.IO.Path.Combine(path, ManifestName);
        // A run that was killed before the manifest was there left only the lock and the manifest's temporary file.
        if (!File.Exists(manifest) && System.IO.Directory.EnumerateFileSystemEntries(path)
            .Any(entry => System.IO.Path.GetFileName(entry) is not LockName and not ManifestName + Unfinished))
            throw new BackupException($"{path} is not empty and holds no backup; nothing was written. Name an empty folder, or one with a backup of this store");
        FileStream taken = TakeLock(path);
        try
        {
            if (File.Exists(manifest))
                RequireStore(path, store);
            else
                WriteManifest(path, store);
            var target = new BackupTarget(path, taken);
            target.RemoveUnfinished();
            return target;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Opens a backup to read it. A backup may go on there meanwhile.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    public static BackupTarget OpenForReading(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, ManifestName)))
            throw new BackupException($"{path} holds no backup: {ManifestName} is missing");
        ReadManifest(path);
        var target = new BackupTarget(path, null);
        return target.Chains.Count > 0 ? target : throw new BackupException($"{path} holds no complete backup: its first one never came to its end");
    }

    /// <summary>Makes a new chain: <paramref name="write"/> writes the whole database, and only then does the chain count.</summary>
    public string CreateChain(DateTimeOffset time, Action<string, string> write)
    {
        // Counted, so that names are in order whatever clocks do; and with chance, so that no record fits another chain.
        int number = Chains.Count == 0 ? 1 : 1 + int.Parse(System.IO.Path.GetFileName(Chains[^1]).Split('-')[0], CultureInfo.InvariantCulture);
        string name = string.Create(CultureInfo.InvariantCulture, $"{number:D6}-{time.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-")
            + RandomNumberGenerator.GetHexString(8, lowercase: true);
        string chains = System.IO.Path.Combine(Path, ChainFolder);
        string unfinished = System.IO.Path.Combine(chains, name + Unfinished);
        PrivateFiles.CreateFolder(unfinished);
        PrivateFiles.SyncDirectory(Path);
        write(unfinished, name);
        PrivateFiles.SyncDirectory(unfinished);
        string path = System.IO.Path.Combine(chains, name);
        System.IO.Directory.Move(unfinished, path);
        PrivateFiles.SyncDirectory(chains);
        return path;
    }

    /// <summary>Writes the database of the last state, if that can be read.</summary>
    public void TryWriteDatabase(string path)
    {
        try
        {
            using var reader = new BackupReader(Path);
            reader.WriteDatabase(path, null);
        }
        catch (BackupException)
        {
            // It is damaged, which is told when it is to be extended: then a new one begins.
        }
    }

    /// <summary>Removes chains without which every time since <paramref name="oldest"/> can still be restored; returns when the oldest that
    /// stays began.</summary>
    public DateTimeOffset? Prune(DateTimeOffset oldest)
    {
        List<string> chains = [.. Chains];
        while (chains.Count > 1 && BeginOf(chains[1]) <= oldest)
        {
            System.IO.Directory.Delete(chains[0], recursive: true);
            chains.RemoveAt(0);
        }
        return chains.Count > 0 ? BeginOf(chains[0]) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    private static bool IsChain(string path) =>
        System.IO.Path.GetFileName(path).Split('-') is [var number, _, _] && int.TryParse(number, out _) && !path.EndsWith(Unfinished, StringComparison.Ordinal);

    private static DateTimeOffset BeginOf(string chain) =>
        System.IO.Path.GetFileName(chain).Split('-') is [_, var begin, _] && DateTimeOffset.TryParseExact(
            begin, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw new BackupException($"{chain} is not named like a chain of a backup");

    private static FileStream TakeLock(string path)
    {
        try
        {
            return PrivateFiles.Open(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (File.Exists(System.IO.Path.Combine(path, LockName)))
        {
            throw new BackupException($"another backup goes to {path} now", fault);
        }
    }

    private static void RequireStore(string path, string store)
    {
        Manifest found = ReadManifest(path);
        if (found.Store != store)
            throw new BackupException($"{path} holds the backup of another store; nothing was written");
    }

    private static Manifest ReadManifest(string path)
    {
        string file = System.IO.Path.Combine(path, ManifestName);
        try
        {
            Manifest found = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(file), JsonSerializerOptions.Web)
                ?? throw new BackupException($"{file} is damaged: it is empty");
            if (found.Format > Format)
                throw new BackupException($"{path} was written by a newer program (format {found.Format}, this one knows {Format}); nothing was changed");
            return found;
        }
        catch (JsonException fault)
        {
            throw new BackupException($"{file} is damaged: {fault.Message}", fault);
        }
    }

    private static void WriteManifest(string path, string store)
    {
        string file = System.IO.Path.Combine(path, ManifestName);
        Replace(file, JsonSerializer.Serialize(new Manifest(Format, store), JsonSerializerOptions.Web));
    }

    private static void Replace(string file, string text)
    {
        using (FileStream made = PrivateFiles.Open(file + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            made.Write(System.Text.Encoding.UTF8.GetBytes(text));
            made.Flush(flushToDisk: true);
        }
        File.Move(file + Unfinished, file, overwrite: true);
        PrivateFiles.SyncDirectory(System.IO.Path.GetDirectoryName(file)!);
    }

    private void RemoveUnfinished()
    {
        string chains = System.IO.Path.Combine(Path, ChainFolder);
        if (!System.IO.Directory.Exists(chains))
            return;
        foreach (string left in System.IO.Directory.GetDirectories(chains, "*" + Unfinished))
            System.IO.Directory.Delete(left, recursive: true);
    }

    private sealed record Manifest(int Format, string Store);
}
