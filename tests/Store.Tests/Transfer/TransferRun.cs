using System.Security.Cryptography;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>Imports and exports on a test store, and what a mailbox holds in a form that can be compared.</summary>
internal sealed class TransferRun(TestStore store) : IDisposable
{
    /// <summary>A folder for files, which goes away.</summary>
    public string Folder { get; } = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-transfer-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public async Task<TransferReport> ImportAsync(
        long account, string path, TransferFormat? format = null, string? folder = null, bool again = false, long maxSize = TestStore.MaxSize,
        Action<TransferProgress>? onProgress = null, CancellationToken stop = default)
    {
        await using IImportSource source = FileFormats.OpenSource(path, format, maxSize, Folder);
        return await new Importer(store.Store, store.Database).RunAsync(
            account, source, new ImportSettings(folder, again, maxSize), onProgress ?? (_ => { }), stop);
    }

    public Task<TransferReport> ExportAsync(
        long account, string path, TransferFormat format, string? folder = null, Action<TransferProgress>? onProgress = null, CancellationToken stop = default) =>
        new Exporter(store.Store, store.Database).RunAsync(
            account, $"person{account}@example.test", FileFormats.OpenTarget(format), path, folder, onProgress ?? (_ => { }), stop);

    /// <summary>Each folder and item as a line, with everything that must not be lost.</summary>
    public async Task<List<string>> ContentsAsync(long account)
    {
        var lines = new List<string>();
        foreach (Folder folder in await store.Store.ListFoldersAsync(account))
        {
            lines.Add($"{folder.Path} {folder.SpecialUse} {folder.Subscribed}");
            foreach (Item item in (await store.Store.ReadFolderAsync(folder.Id)).Items)
            {
                string hash = Convert.ToHexStringLower(SHA256.HashData((await store.ReadAsync(item.Id))!));
                lines.Add($"  {hash} {item.Kind} {item.Flags} [{string.Join(' ', item.Keywords.Order(StringComparer.Ordinal))}] {item.InternalDate:O}");
            }
        }
        return lines;
    }

    public async Task<IReadOnlyList<Item>> ItemsAsync(long account, string path = "INBOX") =>
        (await store.Store.ReadFolderAsync((await store.Store.FindFolderAsync(account, path))!.Id)).Items;

    public async Task<List<string>> TextsAsync(long account, string path = "INBOX")
    {
        var texts = new List<string>();
        foreach (Item item in await ItemsAsync(account, path))
            texts.Add(System.Text.Encoding.Latin1.GetString((await store.ReadAsync(item.Id))!));
        return texts;
    }

    public void Dispose() => System.IO.Directory.Delete(Folder, recursive: true);
}
