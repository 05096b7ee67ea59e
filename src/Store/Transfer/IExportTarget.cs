namespace UnifiedMsg.Store.Transfer;

/// <summary>A format in which mailboxes are written into a folder of files.</summary>
public interface IExportTarget
{
    /// <summary>Its name in the manifest.</summary>
    string Format { get; }

    /// <summary>Where a folder goes, relative to the export, with <c>/</c>. Never leads out of it.</summary>
    string PlaceOf(string path);

    /// <summary>Opens the place of a folder; goes on with what an earlier run left there.</summary>
    Task<IExportFolder> OpenAsync(string root, string place, CancellationToken cancellationToken);
}

/// <summary>A folder being written.</summary>
public interface IExportFolder : IAsyncDisposable
{
    /// <summary>Whether a message is there, whole and with these flags.</summary>
    bool Has(Item item, uint uidValidity);

    /// <summary>Writes a message.</summary>
    /// <param name="item">Its flags and date.</param>
    /// <param name="uidValidity">Of its folder.</param>
    /// <param name="content">Its octets, seekable.</param>
    /// <param name="seal">What vouches for its kind, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task WriteAsync(Item item, uint uidValidity, Stream content, string? seal, CancellationToken cancellationToken);

    /// <summary>All messages were written; durable on return. Without it, a run that goes on begins where this one stopped.</summary>
    Task CompleteAsync(CancellationToken cancellationToken);
}
