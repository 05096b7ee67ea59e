using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store;

/// <summary>
/// The one item store. Everything is keyed by an opaque account id. What it acknowledges is durable. Every protocol is a
/// view of it, and every change is on the one change feed.
/// </summary>
public interface IStore
{
    /// <summary>Makes INBOX and the special-use folders of an account where they are missing.</summary>
    Task ProvisionAsync(long accountId, CancellationToken cancellationToken = default);

    /// <summary>Removes everything of an account.</summary>
    Task RemoveAccountAsync(long accountId, CancellationToken cancellationToken = default);

    // Folders

    /// <summary>All folders of the account, by path, INBOX first.</summary>
    ValueTask<IReadOnlyList<Folder>> ListFoldersAsync(long accountId, CancellationToken cancellationToken = default);

    /// <summary>The folder of this path (INBOX in any case), or null.</summary>
    ValueTask<Folder?> FindFolderAsync(long accountId, string path, CancellationToken cancellationToken = default);

    /// <summary>The folder with this id as it is now, or null when it is gone.</summary>
    ValueTask<Folder?> FindFolderAsync(long folderId, CancellationToken cancellationToken = default);

    /// <summary>Makes a folder and the levels above it. RFC 9051 §6.3.4.</summary>
    Task<Folder> CreateFolderAsync(
        long accountId, string path, SpecialUse specialUse = SpecialUse.None, CancellationToken cancellationToken = default);

    /// <summary>Removes a folder with its items; folders below it stay. RFC 9051 §6.3.5.</summary>
    Task DeleteFolderAsync(long accountId, string path, CancellationToken cancellationToken = default);

    /// <summary>Renames a folder and those below it; renaming INBOX moves its items. RFC 9051 §6.3.6.</summary>
    Task RenameFolderAsync(long accountId, string path, string newPath, CancellationToken cancellationToken = default);

    /// <summary>Sets or clears the subscription of an existing folder.</summary>
    Task SubscribeAsync(long accountId, string path, bool subscribed, CancellationToken cancellationToken = default);

    // Items

    /// <summary>Every item of the folder by ascending UID, from one snapshot, with the folder's counters of that same snapshot.</summary>
    ValueTask<(Folder Folder, IReadOnlyList<Item> Items)> ReadFolderAsync(long folderId, CancellationToken cancellationToken = default);

    /// <summary>The items among <paramref name="uids"/> that exist, by ascending UID.</summary>
    ValueTask<IReadOnlyList<Item>> FindItemsAsync(
        long folderId, IReadOnlyCollection<uint> uids, CancellationToken cancellationToken = default);

    /// <summary>Reads the content once: hashes it, computes its summary, and puts content over 64 KiB into the blob area,
    /// fsynced. Dispose what is not appended; appended or not, what no item refers to is collected later.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.TooLarge"/> past <paramref name="maxSize"/> octets.</exception>
    Task<StagedContent> StageAsync(Stream content, long maxSize, CancellationToken cancellationToken = default);

    /// <summary>Appends within a unit of the caller's (a delivery to several mailboxes and a queue row commit together).</summary>
    ValueTask<Item> AppendAsync(IWriteSession session, long folderId, StagedContent content, NewItem item);

    /// <summary>Appends in a unit of its own; durable when the task completes.</summary>
    Task<Item> AppendAsync(long folderId, StagedContent content, NewItem item, CancellationToken cancellationToken = default);

    /// <summary>
    /// Changes flags and keywords in one unit. Items whose modseq is above <paramref name="unchangedSince"/> are left alone
    /// and reported (RFC 7162 §3.1.3). Items that would not change keep their modseq.
    /// </summary>
    Task<FlagResult> ChangeFlagsAsync(
        long folderId, IReadOnlyCollection<uint> uids, FlagChange change, long? unchangedSince = null,
        CancellationToken cancellationToken = default);

    /// <summary>Copies items to another folder of the same account, all or none; returns source and target UIDs in order.</summary>
    Task<CopyResult> CopyAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default);

    /// <summary>Moves items, keeping their ids, all or none. RFC 9051 §6.4.8.</summary>
    Task<CopyResult> MoveAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default);

    /// <summary>Removes items with <c>\Deleted</c>, of <paramref name="uids"/> or of the whole folder when null; returns the
    /// UIDs removed, ascending.</summary>
    Task<IReadOnlyList<uint>> ExpungeAsync(
        long folderId, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default);

    /// <summary>The item's raw octets as a seekable stream, or null when the item is gone.</summary>
    ValueTask<Stream?> OpenContentAsync(long itemId, CancellationToken cancellationToken = default);

    /// <summary>The summaries (envelope, body structure, part offsets, preview) computed at ingest, by item id; gone items are absent.</summary>
    ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken = default);

    /// <summary>The UIDs of items of a folder, or those among <paramref name="uids"/>, that meet a query, ascending. Exact, whatever the
    /// search index knows.</summary>
    ValueTask<IReadOnlyList<uint>> SearchAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default);

    // Changes

    /// <summary>What changed in one folder after <paramref name="sinceModSeq"/>: the items now there with a later modseq, and
    /// the UIDs gone since; from one snapshot.</summary>
    ValueTask<FolderChanges> ReadChangesAsync(long folderId, long sinceModSeq, CancellationToken cancellationToken = default);

    /// <summary>Unseen and seen items of one kind over all folders of an account that are not Trash or Junk: what the lamp shows.</summary>
    ValueTask<KindCount> CountKindAsync(long accountId, ItemKind kind, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls <paramref name="onChange"/> after each commit that changed the account (null: any account) until disposed. The
    /// notice only says that there is something to read; it must return at once. Notices of one account come in commit order.
    /// </summary>
    IDisposable Subscribe(long? accountId, Action<ChangeNotice> onChange);
}

/// <summary>A folder of an account changed.</summary>
/// <param name="AccountId">Whose.</param>
/// <param name="FolderId">Which folder.</param>
/// <param name="ModSeq">The change number of the account after the commit.</param>
/// <param name="Kinds">The kinds of the items concerned, one bit (1 &lt;&lt; kind) each; 0 for changes of the folder itself.</param>
public readonly record struct ChangeNotice(long AccountId, long FolderId, long ModSeq, int Kinds);

/// <summary>What happened in a folder since a modseq.</summary>
/// <param name="Folder">The folder as it is now.</param>
/// <param name="Changed">Items new or changed, by ascending UID.</param>
/// <param name="Vanished">UIDs removed, ascending.</param>
public sealed record FolderChanges(Folder Folder, IReadOnlyList<Item> Changed, IReadOnlyList<uint> Vanished);

/// <summary>How many items of a kind are unseen and seen.</summary>
public readonly record struct KindCount(int Unseen, int Seen);

/// <summary>How a flag change is to be done. RFC 9051 §6.4.6.</summary>
public enum FlagMode
{
    /// <summary>The flags become exactly these.</summary>
    Replace,

    /// <summary>These are added.</summary>
    Add,

    /// <summary>These are removed.</summary>
    Remove,
}

/// <summary>A change of flags and keywords.</summary>
public sealed record FlagChange(FlagMode Mode, ItemFlags Flags, IReadOnlyList<string>? Keywords = null);

/// <summary>The outcome of a flag change.</summary>
/// <param name="Items">The items asked for as they are after it, by ascending UID, without those in <paramref name="Modified"/>.</param>
/// <param name="Modified">UIDs left alone because they had changed since. RFC 7162 §3.1.3.</param>
public sealed record FlagResult(IReadOnlyList<Item> Items, IReadOnlyList<uint> Modified);

/// <summary>Source and target UIDs, in the same order. RFC 4315 §3.</summary>
public sealed record CopyResult(uint TargetUidValidity, IReadOnlyList<uint> SourceUids, IReadOnlyList<uint> TargetUids);
