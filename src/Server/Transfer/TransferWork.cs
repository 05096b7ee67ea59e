using UnifiedMsg.Database;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>Does imports and exports. They may take hours.</summary>
/// <param name="store">The mailboxes.</param>
/// <param name="database">Where imports note what they brought.</param>
/// <param name="workFolder">Where large messages lie while they are read.</param>
/// <param name="maxMessageSize">Octets of the largest message.</param>
/// <param name="time">The clock.</param>
public sealed class TransferWork(IStore store, IDatabase database, string workFolder, long maxMessageSize, TimeProvider time)
{
    /// <summary>Imports into a mailbox.</summary>
    /// <exception cref="TransferException">It can't be done.</exception>
    public async Task<TransferReport> ImportAsync(
        long accountId, ImportRequest request, Action<TransferProgress> onProgress, CancellationToken cancellationToken)
    {
        var settings = new ImportSettings(request.Folder, request.Again, maxMessageSize);
        await using var source = Open(request);
        return await new Importer(store, database).RunAsync(accountId, source, settings, onProgress, cancellationToken);
    }

    /// <summary>Exports a mailbox.</summary>
    /// <exception cref="TransferException">It can't be done.</exception>
    public Task<TransferReport> ExportAsync(
        long accountId, string address, ExportRequest request, Action<TransferProgress> onProgress, CancellationToken cancellationToken) =>
        new Exporter(store, database).RunAsync(
            accountId, address, FileFormats.OpenTarget(request.Format), request.Target, request.Folder, onProgress, cancellationToken);

    private IImportSource Open(ImportRequest request) => request.Format == TransferFormat.Imap || ImapAddress.IsOne(request.Source)
        ? new ImapSource(request, maxMessageSize, time)
        : FileFormats.OpenSource(request.Source, request.Format, maxMessageSize, workFolder);
}
