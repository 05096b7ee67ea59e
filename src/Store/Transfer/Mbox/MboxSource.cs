using System.Runtime.CompilerServices;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>One mbox file, or a folder of them: our own export, Thunderbird's (<c>Archive.sbd/2024</c>), Apple Mail's (<c>Sent.mbox/mbox</c>), or any other.</summary>
/// <param name="path">The file or folder, without links.</param>
/// <param name="maxSize">Octets of the largest message.</param>
/// <param name="workFolder">Where large messages lie while they are read.</param>
public sealed class MboxSource(string path, long maxSize, string workFolder) : IImportSource
{
    private const string AppleName = "mbox";
    private static readonly string[] Suffixes = [".mbox", ".sbd", ".mbx"];
    private static readonly string[] InboxNames = ["inbox", AppleName];
    private static readonly string[] Companions = [".msf", ".dat", ".jsonl", ".html", ".json"];

    /// <inheritdoc/>
    public string Identity => $"mbox:{path}";

    /// <inheritdoc/>
    public bool IsOneFolder => File.Exists(path);

    /// <inheritdoc/>
    public long TotalSize { get; private set; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SourceFolder>> ListAsync(TransferLog log, CancellationToken cancellationToken) => Task.Run(() => List(log), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceMessage> ReadAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using FileStream? file = SourceFiles.TryOpen(folder.Location, out string? reason);
        if (file is null)
        {
            if (new FileInfo(folder.Location) is { Exists: true, Length: 0 })
                yield break;
            log.Damage(folder.Location, reason!);
            yield break;
        }
        string name = Path.GetRelativePath(path, folder.Location);
        var reader = new MboxReader(
            file, () => new SpooledContent(maxSize, workFolder), (offset, what) => log.Damage($"{folder.Location}, octet {offset}", what));
        // The same octets may stand in a file twice, and then they are two messages.
        var occurrences = new Dictionary<UInt128, int>();
        long read = 0;
        while (await reader.NextAsync(cancellationToken) is { } message)
        {
            log.Read(reader.Position - read);
            read = reader.Position;
            if (Skip(message, folder, log))
            {
                message.Content.Dispose();
                continue;
            }
            UInt128 hash = ImportRecord.ItemOf(message.Content.Hash());
            int occurrence = occurrences[hash] = occurrences.GetValueOrDefault(hash) + 1;
            yield return new SourceMessage
            {
                Key = $"{name}\n{hash:x}\n{occurrence}",
                Place = $"{folder.Location}, octet {message.Offset}",
                State = new ItemState(
                    message.Header.Flags, message.Header.Keywords,
                    message.Header.Date ?? message.Date ?? ArrivalDate.Find(new HeaderBlock(message.Header.Octets)), message.Header.Seal),
                IsTooLarge = message.Content.IsTooLarge,
                Content = message.Content.Take(),
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Whether a file begins as an mbox file does.</summary>
    internal static bool IsMbox(string file)
    {
        using FileStream? stream = SourceFiles.TryOpen(file, out _);
        Span<byte> begin = stackalloc byte[5];
        return stream is not null && stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length && begin.SequenceEqual("From "u8);
    }

    private static bool Skip(MboxMessage message, SourceFolder folder, TransferLog log)
    {
        if (message.Content.Length == 0 && message.Header.Size != 0 && !message.Content.IsTooLarge)
        {
            log.Damage($"{folder.Location}, octet {message.Offset}", "there is a From_ line without a message");
            return true;
        }
        if (message.Header.IsExpunged)
            log.Note($"{folder.Location}: messages that were deleted and not yet compacted away are left out");
        return message.Header.IsExpunged || (message.Header.IsFolderData && message.Offset == 0);
    }

    private IReadOnlyList<SourceFolder> List(TransferLog log)
    {
        var folders = new List<SourceFolder>();
        if (IsOneFolder)
            folders.Add(new SourceFolder(PathOf([Path.GetFileName(path)]), path));
        else if (ExportManifest.Find(path) is { Format: MboxTarget.FormatName } manifest)
            folders.AddRange(manifest.Folders.Values.Where(each => IsBelow(each.Place)).Select(each => new SourceFolder(
                each.Path, Path.Combine(path, each.Place), each.SpecialUse, each.Subscribed)));
        else
            Find(path, [], folders, log);
        TotalSize = folders.Sum(folder => new FileInfo(folder.Location) is { Exists: true } file ? file.Length : 0);
        return folders;
    }

    // A manifest may have been written by anybody.
    private bool IsBelow(string place) =>
        Path.GetFullPath(Path.Combine(path, place)) == Path.Combine(path, place) && Path.Combine(path, place).StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void Find(string folder, string[] levels, List<SourceFolder> folders, TransferLog log)
    {
        foreach (FileSystemInfo info in SourceFiles.List(folder, path, log))
        {
            string[] inner = [.. levels, info.Name];
            if (info is DirectoryInfo)
                Find(info.FullName, inner, folders, log);
            else if (IsMbox(info.FullName))
                folders.Add(new SourceFolder(PathOf(info.Name == AppleName && levels.Length > 0 ? levels : inner), info.FullName));
            else if (!Companions.Contains(info.Extension.ToLowerInvariant()) && ((FileInfo)info).Length > 0)
                log.Note($"{info.FullName} is no mbox file and was passed over");
        }
    }

    private static string PathOf(string[] levels)
    {
        string joined = string.Join('/', levels.Select(level =>
            Suffixes.FirstOrDefault(suffix => level.Length > suffix.Length && level.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) is { } suffix ? level[..^suffix.Length] : level));
        return InboxNames.Contains(joined.ToLowerInvariant()) ? "INBOX" : joined;
    }
}
