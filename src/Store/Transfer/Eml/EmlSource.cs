using System.Runtime.CompilerServices;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Transfer.Eml;

/// <summary>One .eml file, or folders of them, which become folders. Flags and dates come from the file that our export writes beside them;
/// without it the date is that of the message.</summary>
/// <param name="path">The file or folder, without links.</param>
public sealed class EmlSource(string path) : IImportSource
{
    // A date that comes later in the header is not found; headers are far shorter.
    private const int MaxHeader = 256 << 10;

    /// <inheritdoc/>
    public string Identity => $"eml:{path}";

    /// <inheritdoc/>
    public bool IsOneFolder { get; private set; }

    /// <inheritdoc/>
    public long TotalSize { get; private set; }

    /// <summary>Whether a file is named as one message.</summary>
    internal static bool IsEml(string file) => Path.GetExtension(file).Equals(".eml", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SourceFolder>> ListAsync(TransferLog log, CancellationToken cancellationToken) => Task.Run(() => List(log), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceMessage> ReadAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isFile = File.Exists(folder.Location);
        Dictionary<string, EmlEntry> entries = isFile ? [] : EmlSidecar.Read(folder.Location);
        foreach (FileInfo info in isFile ? [new FileInfo(folder.Location)] : SourceFiles.List(folder.Location, path, log).OfType<FileInfo>())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsEml(info.Name))
                continue;
            string key = Path.GetRelativePath(path, info.FullName);
            log.Read(info.Length);
            if (isKnown(key))
            {
                log.Known(1);
                continue;
            }
            EmlEntry? entry = entries.GetValueOrDefault(info.Name);
            Stream? file = Stream.Null;
            string? reason = null;
            // An item without a single octet is one too, where our export says so.
            if (entry is not { Size: 0 } || info.Length != 0)
                file = SourceFiles.TryOpen(info.FullName, out reason);
            if (file is null)
            {
                log.Refuse(info.FullName, reason!);
                continue;
            }
            yield return new SourceMessage
            {
                Key = key,
                Place = info.FullName,
                State = entry is null
                    ? new ItemState(ItemFlags.None, [], await DateOfAsync(file, cancellationToken) ?? info.LastWriteTimeUtc)
                    : new ItemState(entry.Flags & All, entry.Keywords, entry.Date, entry.Seal),
                Content = entry?.Size == file.Length ? file : await LineEndRepair.WrapAsync(file, cancellationToken),
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private const ItemFlags All = ItemFlags.Seen | ItemFlags.Answered | ItemFlags.Flagged | ItemFlags.Deleted | ItemFlags.Draft;

    private static async ValueTask<DateTimeOffset?> DateOfAsync(Stream file, CancellationToken cancellationToken)
    {
        var octets = new byte[(int)Math.Min(MaxHeader, file.Length)];
        int read = await file.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancellationToken);
        file.Position = 0;
        return ArrivalDate.Find(new HeaderBlock(octets.AsMemory(0, read)));
    }

    private IReadOnlyList<SourceFolder> List(TransferLog log)
    {
        var folders = new List<SourceFolder>();
        if (File.Exists(path))
            folders.Add(new SourceFolder("INBOX", path));
        else
            Find(path, [], folders, log);
        ExportManifest? manifest = Directory.Exists(path) ? ExportManifest.Find(path) : null;
        Dictionary<string, ExportedFolder> exported = (manifest?.Folders.Values ?? []).GroupBy(each => each.Place).ToDictionary(each => each.Key, each => each.First());
        for (int i = 0; i < folders.Count; i++)
        {
            if (exported.GetValueOrDefault(Path.GetRelativePath(path, folders[i].Location)) is { } ours)
                folders[i] = folders[i] with { Path = ours.Path, SpecialUse = ours.SpecialUse, Subscribed = ours.Subscribed };
        }
        IsOneFolder = folders.Count == 1;
        return folders;
    }

    private void Find(string folder, string[] levels, List<SourceFolder> folders, TransferLog log)
    {
        List<FileSystemInfo> inside = SourceFiles.List(folder, path, log);
        long size = inside.OfType<FileInfo>().Where(file => IsEml(file.Name)).Sum(file => file.Length);
        TotalSize += size;
        // A folder that our export made may be empty; in others only those with messages are folders of mail.
        if (inside.OfType<FileInfo>().Any(file => IsEml(file.Name) || file.Name == EmlSidecar.FileName))
            folders.Add(new SourceFolder(levels.Length == 0 ? "INBOX" : string.Join('/', levels), folder));
        foreach (DirectoryInfo inner in inside.OfType<DirectoryInfo>())
            Find(inner.FullName, [.. levels, inner.Name], folders, log);
    }
}
