using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// Large contents as files under their names: <c>ab/abcd…</c>. A file is complete and durable before its name exists, and its
/// name is durable before <see cref="Publish"/> returns. Whoever stages a content holds its hash, and the collector removes
/// no file that is held. Other servers may share the folder, and know nothing of each other's holds: between them the time of the
/// file, which each staging renews, and the content's lock in the database decide.
/// </summary>
internal sealed partial class BlobArea
{
    private const string TemporaryFolder = "tmp";

    /// <summary>Contents that can't be read are told up to this many; where more are lost, the check of the store tells which.</summary>
    private const int MaxReported = 10_000;

    /// <summary>What nobody has written to for so long is no upload under way, of this server or another one.</summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly KeyRing _keys;
    private readonly ILogger _logger;
    private readonly Dictionary<string, int> _holds = [];
    private readonly Dictionary<string, TaskCompletionSource> _doomed = [];
    private readonly HashSet<string> _durableFolders = [];
    private readonly List<Action<byte[]>> _watchers = [];
    private readonly ConcurrentDictionary<string, bool> _reported = [];
    private int _keepAll;

    public BlobArea(string folder, KeyRing keys, ILogger logger)
    {
        (_keys, _logger) = (keys, logger);
        _folder = Path.GetFullPath(folder);
        PrivateFiles.CreateFolder(_folder);
        PrivateFiles.CreateFolder(Path.Combine(_folder, TemporaryFolder));
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(_folder)!);
        RemoveAbandoned();
    }

    /// <summary>Removes what a crash left half-written; it was never acknowledged.</summary>
    public void RemoveAbandoned()
    {
        var folder = new DirectoryInfo(Path.Combine(_folder, TemporaryFolder));
        // A folder that somebody removed is said to those who want to put something there.
        if (!folder.Exists)
            return;
        foreach (FileInfo left in folder.EnumerateFiles())
        {
            if (DateTime.UtcNow - left.LastWriteTimeUtc > AbandonedAfter)
                left.Delete();
        }
    }

    private BlobArea(KeyRing keys, string folder, ILogger logger) => (_folder, _keys, _logger) = (Path.GetFullPath(folder), keys, logger);

    /// <summary>The contents of a backup: nothing is made or removed there.</summary>
    public static BlobArea ForReading(string folder, KeyRing keys, ILogger logger) => new(keys, folder, logger);

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
    /// <remarks>Also when there is a file of that name: it may be damaged, or under an older key, and whoever put it there may not have come
    /// to the last line yet. Whoever reads it goes on reading it.</remarks>
    public void Publish(string temporary, byte[] hash)
    {
        string path = PathOf(hash);
        string folder = Path.GetDirectoryName(path)!;
        MakeFolder(folder);
        // Over one that is there too: its time says to the collector of another server that somebody wants it.
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

    /// <summary>Whether a file may come again under its name with other octets, under a newer key.</summary>
    public bool IsEncrypted => _keys.Current is not null;

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
            return new FileStream(
                PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MissingContentException(Name(hash), missing);
        }
    }

    public bool Contains(byte[] hash) => File.Exists(PathOf(hash));

    /// <summary>When the file was staged last, or null when there is none.</summary>
    public DateTimeOffset? Written(byte[] hash)
    {
        var file = new FileInfo(PathOf(hash));
        return file.Exists ? file.LastWriteTimeUtc : null;
    }

    /// <summary>Reads a file that was just written and has no name yet; disposing the stream leaves the file open.</summary>
    public BlobStream OpenUnpublished(FileStream file, byte[] hash) =>
        BlobStream.Open(new BlobFile(file.SafeFileHandle, ownsHandle: false), hash, _keys, Report);

    /// <summary>Opens a content: a file of frames, or one of an older version, which is the content itself.</summary>
    /// <exception cref="MissingContentException">There is no such file.</exception>
    /// <exception cref="ContentException">The file can't be read, is damaged, or its key is not there.</exception>
    public Stream OpenRead(StoredContent content)
    {
        try
        {
            FileStream file = Open(content.Hash);
            try
            {
                return Open(file, content);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (ContentException fault)
        {
            Report(fault);
            throw;
        }
    }

    /// <summary>Claims a content for removal; false while somebody holds it. <see cref="Spare"/> must follow.</summary>
    public bool TryDoom(byte[] hash)
    {
        string name = Name(hash);
        lock (_lock)
            return _keepAll == 0 && !_holds.ContainsKey(name) && _doomed.TryAdd(name, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Ends the claim.</summary>
    public void Spare(byte[] hash)
    {
        lock (_lock)
        {
            if (_doomed.Remove(Name(hash), out TaskCompletionSource? doom))
                doom.SetResult();
        }
    }

    /// <summary>Removes the file of a claimed content, which stays claimed.</summary>
    public void Delete(byte[] hash)
    {
        try
        {
            File.Delete(PathOf(hash));
        }
        catch (DirectoryNotFoundException)
        {
            // Then the file is not there either.
        }
    }

    /// <summary>The hash and the time of every file.</summary>
    public IEnumerable<(byte[] Hash, DateTimeOffset Written)> List() => List(_folder);

    /// <summary>The same in a folder of blobs that need not be open.</summary>
    public static IEnumerable<(byte[] Hash, DateTimeOffset Written)> List(string folder)
    {
        foreach (string part in System.IO.Directory.EnumerateDirectories(folder))
        {
            // The root of a disk has a folder that nobody may read.
            if (Path.GetFileName(part).Length != 2)
                continue;
            foreach (FileInfo file in new DirectoryInfo(part).EnumerateFiles())
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

    private FileStream Open(byte[] hash)
    {
        try
        {
            return OpenFile(hash);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ContentException($"The content {Name(hash)} can't be read: {fault.Message}", fault);
        }
    }

    private Stream Open(FileStream file, StoredContent content)
    {
        Span<byte> head = stackalloc byte[BlobHeader.Size];
        try
        {
            int read = RandomAccess.Read(file.SafeFileHandle, head, 0);
            if (!BlobHeader.IsFramed(head[..read], content.Hash))
                return Require(file, content, content.Form == ContentForm.AsIs && content.KeyNumber == 0);
            BlobStream stream = BlobStream.Open(new BlobFile(file.SafeFileHandle, ownsHandle: true), content.Hash, _keys, Report);
            return Require(stream, content, stream.KeyId is not null || content.KeyNumber == 0);
        }
        catch (IOException fault)
        {
            throw new ContentException($"The content {Name(content.Hash)} can't be read: {fault.Message}", fault);
        }
    }

    // Nobody can put another file in the place of one that the row says is of frames, or encrypted.
    private static Stream Require(Stream stream, StoredContent content, bool isOfForm)
    {
        if (!isOfForm)
            throw new DamagedContentException(Name(content.Hash), "its file has not the form in which it was written");
        return stream.Length == content.Size
            ? stream
            : throw new DamagedContentException(Name(content.Hash), $"its file has {stream.Length} octets instead of {content.Size}");
    }

    /// <summary>Tells the administrator of a content that can't be read, which the message names: once for as long as the server runs, since
    /// whoever looks at it meets it again.</summary>
    public void Report(ContentException fault)
    {
        if (_reported.Count < MaxReported && _reported.TryAdd(fault.Message, true))
            Log.ContentFault(_logger, fault.Message);
    }

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

    private static partial class Log
    {
        // The message names the content.
        [LoggerMessage(6020, LogLevel.Error, "{Fault}")]
        public static partial void ContentFault(ILogger logger, string fault);
    }
}
