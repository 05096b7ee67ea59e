using System.Runtime.CompilerServices;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>A Maildir with its folders: Maildir++ (<c>.Sent.2024</c>), or folders within folders.</summary>
/// <param name="path">The folder, without links.</param>
public sealed class MaildirSource(string path) : IImportSource
{
    private static readonly string[] Parts = ["cur", "new"];
    private static readonly string[] Inner = ["cur", "new", "tmp"];

    private bool _isOne;

    /// <inheritdoc/>
    public string Identity => $"maildir:{path}";

    /// <inheritdoc/>
    public bool IsOneFolder => _isOne;

    /// <inheritdoc/>
    public long TotalSize { get; private set; }

    /// <summary>Whether a folder is one of a Maildir.</summary>
    internal static bool IsMaildir(string folder) => Directory.Exists(Path.Combine(folder, "cur")) && Directory.Exists(Path.Combine(folder, "new"));

    /// <inheritdoc/>
    public Task<IReadOnlyList<SourceFolder>> ListAsync(TransferLog log, CancellationToken cancellationToken) => Task.Run(() => List(log), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceMessage> ReadAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MaildirKeywords keywords = MaildirKeywords.Read(folder.Location);
        string place = Path.GetRelativePath(path, folder.Location);
        foreach (FileInfo info in Files(folder.Location, log))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MaildirName name = MaildirName.Read(info.Name);
            string key = $"{place}\n{name.Unique}";
            log.Read(info.Length);
            if (isKnown(key))
            {
                log.Known(1);
                continue;
            }
            Stream? content = Stream.Null;
            string? reason = null;
            // An item without a single octet is one too, where the name says so.
            if (name.WireSize != 0 || info.Length != 0)
                content = SourceFiles.TryOpen(info.FullName, out reason);
            if (content is null)
            {
                log.Refuse(info.FullName, reason!);
                continue;
            }
            // What was written as it goes over the wire must not be changed.
            if (name.WireSize != content.Length)
                content = await LineEndRepair.WrapAsync(content, cancellationToken);
            yield return new SourceMessage
            {
                Key = key,
                Place = info.FullName,
                Content = content,
                State = new ItemState(name.Flags, keywords.Of(name), name.Date ?? info.LastWriteTimeUtc, name.Seal),
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The order of arrival; what came at the same time by name. Our own exports say the order.
    private List<FileInfo> Files(string folder, TransferLog log)
    {
        var files = Parts.Select(part => Path.Combine(folder, part)).Where(Directory.Exists)
            .Where(part => new DirectoryInfo(part).LinkTarget is null)
            .SelectMany(part => SourceFiles.List(part, path, log)).OfType<FileInfo>().Where(file => !file.Name.StartsWith('.')).ToList();
        return [.. from file in files
                   let name = MaildirName.Read(file.Name)
                   orderby name.Uid, name.Date is null ? file.LastWriteTimeUtc : default, file.Name
                   select file];
    }

    private IReadOnlyList<SourceFolder> List(TransferLog log)
    {
        var folders = new List<SourceFolder>();
        Find(path, [], folders, log);
        HashSet<string> subscribed = ReadSubscriptions();
        ExportManifest? manifest = ExportManifest.Find(path);
        Dictionary<string, ExportedFolder> exported = (manifest?.Folders.Values ?? []).GroupBy(each => each.Place).ToDictionary(each => each.Key, each => each.First());
        for (int i = 0; i < folders.Count; i++)
        {
            SourceFolder folder = folders[i];
            folders[i] = exported.GetValueOrDefault(Path.GetRelativePath(path, folder.Location)) is { } ours
                ? folder with { Path = ours.Path, SpecialUse = ours.SpecialUse, Subscribed = ours.Subscribed }
                : folder with { Subscribed = subscribed.Contains(folder.Path) };
        }
        _isOne = folders.Count == 1;
        TotalSize = folders.Sum(folder => Parts.Select(part => new DirectoryInfo(Path.Combine(folder.Location, part))).Where(part => part.Exists)
            .Sum(part => part.EnumerateFiles().Sum(file => file.Length)));
        return folders;
    }

    private void Find(string folder, string[] levels, List<SourceFolder> folders, TransferLog log)
    {
        if (Parts.Any(part => Directory.Exists(Path.Combine(folder, part))))
            folders.Add(new SourceFolder(levels.Length == 0 ? "INBOX" : string.Join('/', levels), folder));
        foreach (DirectoryInfo inner in SourceFiles.List(folder, path, log).OfType<DirectoryInfo>().Where(each => !Inner.Contains(each.Name)))
        {
            // Maildir++: all folders stand beside each other, their levels with a dot between.
            string[] names = inner.Name.StartsWith('.') ? inner.Name[1..].Split('.') : [inner.Name];
            Find(inner.FullName, [.. levels, .. names.Select(name => ModifiedUtf7.Decode(name).Replace('/', '_'))], folders, log);
        }
    }

    // Dovecot: a first line "V<TAB>2" and levels with tabs between, or of old a name a line.
    private HashSet<string> ReadSubscriptions()
    {
        var subscribed = new HashSet<string> { "INBOX" };
        using FileStream? stream = SourceFiles.TryOpen(Path.Combine(path, "subscriptions"), out _);
        if (stream is null)
            return subscribed;
        using var reader = new StreamReader(stream);
        bool isTabbed = false;
        while (reader.ReadLine() is { } line && subscribed.Count < 100_000)
        {
            isTabbed |= line == "V\t2";
            subscribed.Add(string.Join('/', line.Split(isTabbed ? '\t' : '.').Select(ModifiedUtf7.Decode)));
            subscribed.Add(ModifiedUtf7.Decode(line));
        }
        return subscribed;
    }
}
