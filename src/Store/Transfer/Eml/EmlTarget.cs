using System.Globalization;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Eml;

/// <summary>An export as .eml files in folders as the mailbox has them.</summary>
public sealed class EmlTarget : IExportTarget
{
    /// <inheritdoc/>
    public string Format => "eml";

    /// <inheritdoc/>
    public string PlaceOf(string path) => string.Join('/', path.Split('/').Select(ExportNames.Level));

    /// <inheritdoc/>
    public Task<IExportFolder> OpenAsync(string root, string place, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(root, place);
        PrivateFiles.CreateFolder(folder);
        return Task.FromResult<IExportFolder>(new EmlWriter(folder));
    }
}

/// <summary>Writes one folder of .eml files.</summary>
internal sealed class EmlWriter(string folder) : IExportFolder
{
    private readonly Dictionary<string, EmlEntry> _there = EmlSidecar.Read(folder);
    private readonly FileStream _sidecar = EmlSidecar.Open(folder);

    /// <inheritdoc/>
    public bool Has(Item item, uint uidValidity)
    {
        string name = NameOf(item, uidValidity);
        return _there.GetValueOrDefault(name) is { } entry && entry.IsSame(EntryOf(item, name, entry.Seal)) && IsWhole(entry);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(Item item, uint uidValidity, Stream content, string? seal, CancellationToken cancellationToken)
    {
        string name = NameOf(item, uidValidity);
        EmlEntry entry = EntryOf(item, name, seal);
        if (!_there.TryGetValue(name, out EmlEntry? before) || !IsWhole(before))
        {
            string temporary = Path.Combine(folder, name + ".part");
            File.Delete(temporary);
            await using (FileStream file = PrivateFiles.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await content.CopyToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, Path.Combine(folder, name), overwrite: true);
        }
        EmlSidecar.Append(_sidecar, entry);
        _there[name] = entry;
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        _sidecar.Flush(flushToDisk: true);
        PrivateFiles.SyncDirectory(folder);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sidecar.DisposeAsync();

    private static string NameOf(Item item, uint uidValidity) => string.Create(CultureInfo.InvariantCulture, $"{uidValidity:x8}-{item.Uid:D10}.eml");

    private static EmlEntry EntryOf(Item item, string name, string? seal) => new(name, item.InternalDate, item.Flags, item.Keywords, item.Size, seal);

    private bool IsWhole(EmlEntry entry) => new FileInfo(Path.Combine(folder, entry.File)) is { Exists: true } file && file.Length == entry.Size;
}
