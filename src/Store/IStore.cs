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

    /// <summary>What the account uses and may use.</summary>
    ValueTask<Quota> ReadQuotaAsync(long accountId, CancellationToken cancellationToken = default);

    /// <summary>The limits that the account has of its own.</summary>
    ValueTask<QuotaLimits> ReadQuotaLimitsAsync(long accountId, CancellationToken cancellationToken = default);

    /// <summary>Octets of the items of a folder that have <c>\Deleted</c>. RFC 9208 §4.1.4.</summary>
    ValueTask<long> ReadDeletedSizeAsync(long folderId, CancellationToken cancellationToken = default);

    /// <summary>Sets the limits that the account has of its own. What it has over them stays; nothing new is taken.</summary>
    Task SetQuotaAsync(long accountId, QuotaLimits limits, CancellationToken cancellationToken = default);

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

    /// <summary>What a client begins with when it opens the folder. What it costs does not depend on how many items there are.</summary>
    ValueTask<OpenedFolder> OpenFolderAsync(long folderId, CancellationToken cancellationToken = default);

    /// <summary>The items among <paramref name="uids"/> that exist, by ascending UID.</summary>
    ValueTask<IReadOnlyList<Item>> FindItemsAsync(
        long folderId, IReadOnlyCollection<uint> uids, CancellationToken cancellationToken = default);

    /// <summary>The items of a thread over all folders of the account, the oldest first. RFC 8621 §3.</summary>
    ValueTask<IReadOnlyList<Item>> ReadThreadAsync(long accountId, long threadId, CancellationToken cancellationToken = default);

    /// <summary>Reads the content once: hashes it, computes its summary, and puts content over 64 KiB into the blob area,
    /// fsynced. Dispose what is not appended; appended or not, what no item refers to is collected later.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.TooLarge"/> past <paramref name="maxSize"/> octets.</exception>
    Task<StagedContent> StageAsync(Stream content, long maxSize, CancellationToken cancellationToken = default);

    /// <summary>Takes the owners of these folders for a unit of the caller's. A unit that appends to mailboxes of several accounts begins with
    /// it, so that no two such units wait for each other.</summary>
    ValueTask LockAsync(IWriteSession session, IReadOnlyCollection<long> folderIds);

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

    /// <summary>The summaries (envelope, body structure, part offsets, preview) computed at ingest, by item id; absent are items that are gone,
    /// and those of which neither the summary nor the content can be read.</summary>
    ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken = default);

    /// <summary>The UIDs of items of a folder, or those among <paramref name="uids"/>, that meet a query, ascending. Exact, whatever the
    /// search index knows.</summary>
    ValueTask<IReadOnlyList<uint>> SearchAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default);

    // Sharing

    /// <summary>The store as one person may use it: folders of others by the rights that the person has there, with \Seen, unseen counts
    /// and subscriptions of his own. What is not permitted throws <see cref="StoreError.NotPermitted"/>, or <see cref="StoreError.NoSuchFolder"/>
    /// where the person may not know that there is a folder.</summary>
    IStore ForPerson(Person person);

    /// <summary>Who has which rights to a folder, besides its owner. RFC 4314 §3.3.</summary>
    ValueTask<IReadOnlyList<AclEntry>> ReadAclAsync(long folderId, CancellationToken cancellationToken = default);

    /// <summary>Sets, adds or removes rights of one entry; an entry without rights is gone. RFC 4314 §3.1, §3.2.</summary>
    Task ChangeAclAsync(
        long folderId, AclIdentifier identifier, bool isNegative, FlagMode mode, FolderRights rights, CancellationToken cancellationToken = default);

    /// <summary>What a person may do with a folder. RFC 4314 §3.5.</summary>
    ValueTask<FolderRights> ReadRightsAsync(long folderId, Person person, CancellationToken cancellationToken = default);

    /// <summary>The folders of others that a person may see in lists, as the person sees them, by owner and path.</summary>
    ValueTask<IReadOnlyList<SharedFolder>> ListSharedFoldersAsync(Person person, CancellationToken cancellationToken = default);

    // Changes

    /// <summary>What changed in one folder after <paramref name="sinceModSeq"/>: the items now there with a later modseq, and
    /// the UIDs gone since; from one snapshot.</summary>
    ValueTask<FolderChanges> ReadChangesAsync(long folderId, long sinceModSeq, CancellationToken cancellationToken = default);

    /// <summary>Unseen and seen items of one kind over all folders of an account that are not Trash or Junk: what the lamp shows.</summary>
    ValueTask<KindCount> CountKindAsync(long accountId, ItemKind kind, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls <paramref name="onChange"/> after each commit that changed the account (null: any account) until disposed. The
    /// notice only says that there is something to read. It is called for one notice after the other, and must return at once. On
    /// PostgreSQL, where several units commit at once and other servers' changes are heard too, a notice may come after one with a
    /// higher modseq.
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
/// <param name="IsBelowFloor">Whether it is not known any more which UIDs went since then. <paramref name="Vanished"/> then names every UID that
/// is not there, as RFC 7162 §3.2.5.1 allows; who can't make use of that has to read the folder anew.</param>
public sealed record FolderChanges(Folder Folder, IReadOnlyList<Item> Changed, IReadOnlyList<uint> Vanished, bool IsBelowFloor = false);

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
