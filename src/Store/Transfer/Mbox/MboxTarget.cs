using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>An export as mbox files: <c>INBOX.mbox</c>, <c>Archive/2024.mbox</c>.</summary>
public sealed class MboxTarget : IExportTarget
{
    /// <summary>Its name in the manifest.</summary>
    public const string FormatName = "mbox";

    /// <inheritdoc/>
    public string Format => FormatName;

    /// <inheritdoc/>
    public string PlaceOf(string path) => string.Join('/', path.Split('/').Select(ExportNames.Level)) + ".mbox";

    /// <inheritdoc/>
    public Task<IExportFolder> OpenAsync(string root, string place, CancellationToken cancellationToken)
    {
        string file = Path.Combine(root, place);
        PrivateFiles.CreateFolder(Path.GetDirectoryName(file)!);
        return Task.FromResult<IExportFolder>(new MboxWriter(file));
    }
}
