using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>Writes into a folder of a Maildir: in <c>tmp</c>, synced, dated, and then under its name in <c>cur</c>.</summary>
internal sealed class MaildirWriter : IExportFolder
{
    private readonly string _folder;
    private readonly string _cur;
    private readonly MaildirKeywords _keywords;
    private readonly Dictionary<string, string> _there = [];

    public MaildirWriter(string folder)
    {
        (_folder, _cur) = (folder, Path.Combine(folder, "cur"));
        _keywords = MaildirKeywords.Read(folder);
        foreach (string file in Directory.EnumerateFiles(_cur).Select(each => Path.GetFileName(each)))
            _there[WithoutSeal(MaildirName.Read(file).Unique)] = file;
    }

    /// <inheritdoc/>
    public bool Has(Item item, uint uidValidity) =>
        _there.GetValueOrDefault(MaildirName.UniqueOf(item, uidValidity, seal: null)) is { } file && MaildirName.Read(file).Unique + Suffix(item, file) == file;

    /// <inheritdoc/>
    public async Task WriteAsync(Item item, uint uidValidity, Stream content, string? seal, CancellationToken cancellationToken)
    {
        string unique = MaildirName.UniqueOf(item, uidValidity, seal);
        string name = unique + Suffix(item, unique);
        string path = Path.Combine(_cur, name);
        if (_there.TryGetValue(WithoutSeal(unique), out string? before))
        {
            File.Move(Path.Combine(_cur, before), path, overwrite: true);
        }
        else
        {
            string temporary = Path.Combine(_folder, "tmp", unique);
            File.Delete(temporary);
            await using (FileStream file = PrivateFiles.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await content.CopyToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }
            SetTime(temporary, item.InternalDate);
            File.Move(temporary, path, overwrite: true);
        }
        _there[WithoutSeal(unique)] = name;
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        PrivateFiles.SyncDirectory(_cur);
        PrivateFiles.SyncDirectory(_folder);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Suffix(Item item, string name) =>
        MaildirName.Suffix(item.Flags, [.. item.Keywords], _keywords.LettersFor(MaildirName.Read(name).Unique, item.Keywords));

    private static string WithoutSeal(string unique)
    {
        int at = unique.IndexOf(",K=", StringComparison.Ordinal);
        return at < 0 ? unique : unique[..at];
    }

    // The name has the date too: some file systems can't say every date.
    private static void SetTime(string file, DateTimeOffset date)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, date.UtcDateTime);
        }
        catch (Exception fault) when (fault is ArgumentOutOfRangeException or IOException)
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }
    }
}
