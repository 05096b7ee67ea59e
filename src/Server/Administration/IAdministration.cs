using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Server.Administration;

/// <summary>
/// What administrators do. The same whether a server runs on the data folder (then over its socket) or not (then on the store
/// itself). Refusals that the person asking can mend are <see cref="DirectoryException"/>s.
/// </summary>
public interface IAdministration : IAsyncDisposable
{
    /// <summary>Makes an account with its mailbox.</summary>
    Task<Account> AddUserAsync(NewAccount account, CancellationToken cancellationToken = default);

    /// <summary>All accounts by address.</summary>
    Task<IReadOnlyList<Account>> ListUsersAsync(CancellationToken cancellationToken = default);

    /// <summary>The account with this address.</summary>
    Task<Account> ShowUserAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>The phones of an account that are registered now, the preferred ones first.</summary>
    Task<IReadOnlyList<RegisteredPhone>> ListPhonesAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>What a mailbox holds and may hold.</summary>
    Task<UserQuota> ShowQuotaAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Sets the limits that are this person's own.</summary>
    Task<UserQuota> SetQuotaAsync(string address, QuotaLimits limits, CancellationToken cancellationToken = default);

    /// <summary>Changes an account.</summary>
    Task<Account> ChangeUserAsync(string address, AccountChange change, CancellationToken cancellationToken = default);

    /// <summary>Removes an account and everything in its mailbox; returns what it was.</summary>
    Task<Account> RemoveUserAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Makes a group.</summary>
    Task<Group> AddGroupAsync(Group group, CancellationToken cancellationToken = default);

    /// <summary>All groups by address.</summary>
    Task<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes a group.</summary>
    Task RemoveGroupAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>All public folders by path.</summary>
    Task<IReadOnlyList<PublicFolder>> ListPublicFoldersAsync(CancellationToken cancellationToken = default);

    /// <summary>Says what somebody may do with a public folder, which is made where there is none.</summary>
    Task<PublicFolder> SetPublicFolderAsync(string path, PublicRights rights, CancellationToken cancellationToken = default);

    /// <summary>Removes a public folder with everything in it; returns what it was.</summary>
    Task<PublicFolder> RemovePublicFolderAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Every message that waits for other servers, oldest first.</summary>
    Task<IReadOnlyList<QueueEntry>> ListQueueAsync(CancellationToken cancellationToken = default);

    /// <summary>One message of the queue.</summary>
    Task<QueueEntry> ShowQueueAsync(string queueId, CancellationToken cancellationToken = default);

    /// <summary>Has one message, or all when null, tried again now; returns how many recipients that concerns.</summary>
    Task<int> RetryQueueAsync(string? queueId, CancellationToken cancellationToken = default);

    /// <summary>Takes a message out of the queue without a word to its sender; returns what it was.</summary>
    Task<QueueEntry> DropQueueAsync(string queueId, CancellationToken cancellationToken = default);

    /// <summary>How the running server stands. Only a running server can tell.</summary>
    Task<ServerStatus> ShowStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>The last calls and other exchanges over SIP, newest first. Only a running server has any.</summary>
    Task<IReadOnlyList<TraceSummary>> ListTracesAsync(CancellationToken cancellationToken = default);

    /// <summary>The messages of one exchange: by our name of the call, its Call-ID, or the beginning of that.</summary>
    Task<TracedExchange> ShowTraceAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>SIP messages as they come and go: what there is since the place that the last answer named, after waiting a moment.</summary>
    Task<CapturedMessages> CaptureAsync(CaptureFrom from, CancellationToken cancellationToken = default);

    /// <summary>Begins long work on the store.</summary>
    Task<JobState> StartJobAsync(StoreJobOrder order, CancellationToken cancellationToken = default);

    /// <summary>How a job stands, after waiting a moment for news; its end is told once. One that nobody asks after ends.</summary>
    Task<JobState> PollJobAsync(JobPoll poll, CancellationToken cancellationToken = default);

    /// <summary>Asks a job to end; polling tells when it has.</summary>
    Task<JobState> StopJobAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>What was deleted from a mailbox or from public folders and can be put back, the last first.</summary>
    Task<IReadOnlyList<DeletedItem>> ListDeletedAsync(DeletedOrder order, CancellationToken cancellationToken = default);

    /// <summary>Puts deleted items back.</summary>
    Task<UndeleteResult> UndeleteAsync(DeletedOrder order, CancellationToken cancellationToken = default);

    /// <summary>Reads the whole store and says what is wrong with it.</summary>
    Task<StoreReport> CheckStoreAsync(CancellationToken cancellationToken = default);

    /// <summary>Brings some more contents under the current key of the encryption; to be called until it is finished.</summary>
    Task<RekeyReport> RekeyStoreAsync(CancellationToken cancellationToken = default);

    /// <summary>Begins to import.</summary>
    Task<JobState> StartImportAsync(ImportRequest request, CancellationToken cancellationToken = default);

    /// <summary>Begins to export.</summary>
    Task<JobState> StartExportAsync(ExportRequest request, CancellationToken cancellationToken = default);
}
