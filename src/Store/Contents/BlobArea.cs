using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// Large contents as files named by their SHA-256: <c>ab/abcd…</c>. A file is complete and durable before its name exists, and its
/// name is durable before <see cref="Publish"/> returns. Whoever stages a content holds its hash, and the collector removes
/// no file that is held.
/// </summary>
internal sealed class BlobArea
{
    private const string TemporaryFolder = "tmp";

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly Dictionary<string, int> _holds = [];
    private readonly Dictionary<string, TaskCompletionSource> _doomed = [];
    private readonly HashSet<string> _durableFolders = [];
    private readonly List<Action<byte[]>> _watchers = [];
    private int _keepAll;

    public BlobArea(string folder)
    {
        _folder = Path.GetFullPath(folder);
        PrivateFiles.CreateFolder(_folder);
        PrivateFiles.CreateFolder(Path.Combine(_folder, TemporaryFolder));
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(_folder)!);
        // What a crash left half-written was never acknowledged.
        foreach (string left in System.IO.Directory.EnumerateFiles(Path.Combine(_folder, TemporaryFolder)))
            File.Delete(left);
    }

    private BlobArea(string folder, bool readOnly) => (_folder, _) = (Path.GetFullPath(folder), readOnly);

    /// <summary>The contents of a backup: nothing is made or removed there.</summary>
    public static BlobArea ForReading(string folder) => new(folder, readOnly: true);

    /// <exception cref="ContentException">The file can't be made.</exception>
    public FileStream CreateTemporary()
    {
        try
        {
            return PrivateFiles.Open(
                Path.Combine(_folder, TemporaryFolder, Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ContentException($"Nothing can be put into the blob folder {_folder}: {fault.Message}", fault);
        }
    }

    /// <summary>Keeps the collector off this content until it is released.</summary>
    public async ValueTask HoldAsync(byte[] hash, CancellationToken cancellationToken)
    {
        string name = Name(hash);
        while (true)
        {
            Task beingRemoved;
            lock (_lock)
            {
                if (!_doomed.TryGetValue(name, out TaskCompletionSource? doom))
                {
                    _holds[name] = _holds.GetValueOrDefault(name) + 1;
                    return;
                }
                beingRemoved = doom.Task;
            }
            await beingRemoved.WaitAsync(cancellationToken);
        }
    }

    public void Release(byte[] hash)
    {
        string name = Name(hash);
        lock (_lock)
        {
            if (--_holds[name] == 0)
                _holds.Remove(name);
        }
    }

    /// <summary>Gives a synced temporary file its name. The caller holds the hash.</summary>
    public void Publish(string temporary, byte[] hash)
    {
        string path = PathOf(hash);
        string folder = Path.GetDirectoryName(path)!;
        MakeFolder(folder);
        if (File.Exists(path))
            File.Delete(temporary);
        else
            File.Move(temporary, path, overwrite: true);
        // Also when the file was there: whoever put it there may not have come to this line yet.
        PrivateFiles.SyncDirectory(folder);
        TellWatchers(hash);
    }

    /// <summary>Keeps the collector off every content until disposed: somebody copies them all.</summary>
    public IDisposable KeepAll()
    {
        lock (_lock)
            _keepAll++;
        return new Ending(() =>
        {
            lock (_lock)
                _keepAll--;
        });
    }

    /// <summary>Tells of every content that is published, before any unit that refers to it can commit, until disposed.</summary>
    public IDisposable Watch(Action<byte[]> onPublished)
    {
        lock (_lock)
            _watchers.Add(onPublished);
        return new Ending(() =>
        {
            lock (_lock)
                _watchers.Remove(onPublished);
        });
    }

    /// <summary>Opens the file of a content as it lies there.</summary>
    /// <exception cref="MissingContentException">There is no such file.</exception>
    public FileStream OpenFile(byte[] hash)
    {
        try
        {
            return new FileStream(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MissingContentException(Name(hash), missing);
        }
    }

    /// <exception cref="MissingContentException">There is no such file.</exception>
    public FileStream OpenRead(byte[] hash)
    {
        try
        {
            return new FileStream(
                PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MissingContentException(Name(hash), missing);
        }
    }

    /// <summary>Claims a content for removal; false while somebody holds it. <see cref="Spare"/> or <see cref="Remove"/> must follow.</summary>
    public bool TryDoom(byte[] hash)
    {
        string name = Name(hash);
        lock (_lock)
            return _keepAll == 0 && !_holds.ContainsKey(name) && _doomed.TryAdd(name, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Lets a claimed content live.</summary>
    public void Spare(byte[] hash)
    {
        lock (_lock)
        {
            if (_doomed.Remove(Name(hash), out TaskCompletionSource? doom))
                doom.SetResult();
        }
    }

    /// <summary>Removes a claimed content.</summary>
    public void Remove(byte[] hash)
    {
        try
        {
            File.Delete(PathOf(hash));
        }
        catch (DirectoryNotFoundException)
        {
            // Then the file is not there either.
        }
        finally
        {
            Spare(hash);
        }
    }

    /// <summary>The hash and the time of every file.</summary>
    public IEnumerable<(byte[] Hash, DateTimeOffset Written)> List()
    {
        foreach (string folder in System.IO.Directory.EnumerateDirectories(_folder))
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (IsName(file.Name))
                    yield return (Convert.FromHexString(file.Name), file.LastWriteTimeUtc);
            }
        }
    }

    /// <summary>The names of all contents that begin with these two hex digits.</summary>
    public List<string> FilesUnder(string prefix)
    {
        string folder = Path.Combine(_folder, prefix);
        return System.IO.Directory.Exists(folder)
            ? [.. System.IO.Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Where(IsName)]
            : [];
    }

    private static bool IsName(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    private static string Name(byte[] hash) => Convert.ToHexStringLower(hash);

    private string PathOf(byte[] hash)
    {
        string name = Name(hash);
        return Path.Combine(_folder, name[..2], name);
    }

    private void TellWatchers(byte[] hash)
    {
        Action<byte[]>[] watchers;
        lock (_lock)
            watchers = [.. _watchers];
        foreach (Action<byte[]> watcher in watchers)
            watcher(hash);
    }

    private void MakeFolder(string folder)
    {
        lock (_lock)
        {
            if (_durableFolders.Contains(folder))
                return;
            // Even one that exists may be a name that the last crash would still have lost.
            PrivateFiles.CreateFolder(folder);
            PrivateFiles.SyncDirectory(_folder);
            _durableFolders.Add(folder);
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                end();
        }
    }
}
