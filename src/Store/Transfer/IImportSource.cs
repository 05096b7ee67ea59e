namespace UnifiedMsg.Store.Transfer;

/// <summary>A folder as a source has it.</summary>
/// <param name="Path">Levels separated by <c>/</c>; INBOX in capitals. Not yet checked.</param>
/// <param name="Location">Where the source finds it.</param>
/// <param name="SpecialUse">RFC 6154.</param>
/// <param name="Subscribed">RFC 9051 §6.3.7.</param>
public sealed record SourceFolder(string Path, string Location, SpecialUse SpecialUse = SpecialUse.None, bool Subscribed = false);

/// <summary>Where messages come from.</summary>
public interface IImportSource : IAsyncDisposable
{
    /// <summary>What is the same whenever the same source is imported again.</summary>
    string Identity { get; }

    /// <summary>Whether it is one folder only, which then goes exactly where the person says.</summary>
    bool IsOneFolder { get; }

    /// <summary>Octets that are to be read, as far as that is known beforehand; else 0.</summary>
    long TotalSize { get; }

    /// <summary>All folders, also empty ones.</summary>
    /// <exception cref="TransferException">The source can't be read.</exception>
    Task<IReadOnlyList<SourceFolder>> ListAsync(TransferLog log, CancellationToken cancellationToken);

    /// <summary>The messages of a folder in their order. What can't be read is told to the log, and the rest is read.</summary>
    /// <param name="folder">One of the list.</param>
    /// <param name="isKnown">Whether the message of this key needs not be read.</param>
    /// <param name="log">Takes what is known, what is damaged, and how far the reading is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<SourceMessage> ReadAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, CancellationToken cancellationToken);
}

/// <summary>A message of a source. Its content is read once, then it is disposed of.</summary>
public sealed class SourceMessage : IDisposable
{
    /// <summary>The same for the same message whenever the source is imported, and for no other message of the source.</summary>
    public required string Key { get; init; }

    /// <summary>Where it is, for people.</summary>
    public required string Place { get; init; }

    /// <summary>Its octets.</summary>
    public required Stream Content { get; init; }

    /// <summary>Flags, keywords, date.</summary>
    public required ItemState State { get; init; }

    /// <summary>Whether it is larger than allowed, and <see cref="Content"/> not all of it.</summary>
    public bool IsTooLarge { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();
}

/// <summary>What belongs to an item beside its octets.</summary>
/// <param name="Flags">System flags.</param>
/// <param name="Keywords">User-defined flags.</param>
/// <param name="Date">The internal date, or null when the source does not know.</param>
/// <param name="Seal">What our own export said about its kind (<see cref="ItemSeal"/>).</param>
public sealed record ItemState(ItemFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset? Date, string? Seal = null);

/// <summary>A transfer can't be begun or gone on with, and the person asking can tell why from the message.</summary>
public sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner);
