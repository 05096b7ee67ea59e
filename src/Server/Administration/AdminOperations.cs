using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Server.Administration;

/// <summary>The table of everything that can be asked for over the socket.</summary>
internal static class AdminOperations
{
    public static readonly AdminOperation<NewAccount, Account> AddUser = new("user.add", (it, account, ct) => it.AddUserAsync(account, ct));
    public static readonly AdminOperation<Nothing, IReadOnlyList<Account>> ListUsers = new("user.list", (it, _, ct) => it.ListUsersAsync(ct));
    public static readonly AdminOperation<Named, Account> ShowUser = new("user.show", (it, user, ct) => it.ShowUserAsync(user.Name, ct));
    public static readonly AdminOperation<Named, IReadOnlyList<RegisteredPhone>> ListPhones = new("user.phones", (it, user, ct) => it.ListPhonesAsync(user.Name, ct));
    public static readonly AdminOperation<Named, UserQuota> ShowQuota = new("user.quota", (it, user, ct) => it.ShowQuotaAsync(user.Name, ct));
    public static readonly AdminOperation<QuotaChange, UserQuota> SetQuota = new("user.setQuota", (it, user, ct) => it.SetQuotaAsync(user.Address, user.Limits, ct));
    public static readonly AdminOperation<UserChange, Account> ChangeUser = new("user.set", (it, user, ct) => it.ChangeUserAsync(user.Address, user.Change, ct));
    public static readonly AdminOperation<Named, Account> RemoveUser = new("user.remove", (it, user, ct) => it.RemoveUserAsync(user.Name, ct));
    public static readonly AdminOperation<Group, Group> AddGroup = new("group.add", (it, group, ct) => it.AddGroupAsync(group, ct));
    public static readonly AdminOperation<Nothing, IReadOnlyList<Group>> ListGroups = new("group.list", (it, _, ct) => it.ListGroupsAsync(ct));
    public static readonly AdminOperation<Named, Nothing> RemoveGroup = new("group.remove", async (it, group, ct) =>
    {
        await it.RemoveGroupAsync(group.Name, ct);
        return new Nothing();
    });

    public static readonly AdminOperation<Nothing, IReadOnlyList<PublicFolder>> ListPublicFolders =
        new("public.list", (it, _, ct) => it.ListPublicFoldersAsync(ct));

    public static readonly AdminOperation<PublicChange, PublicFolder> SetPublicFolder =
        new("public.set", (it, change, ct) => it.SetPublicFolderAsync(change.Path, change.Rights, ct));

    public static readonly AdminOperation<Named, PublicFolder> RemovePublicFolder =
        new("public.remove", (it, folder, ct) => it.RemovePublicFolderAsync(folder.Name, ct));

    public static readonly AdminOperation<Nothing, IReadOnlyList<QueueEntry>> ListQueue = new("queue.list", (it, _, ct) => it.ListQueueAsync(ct));
    public static readonly AdminOperation<Named, QueueEntry> ShowQueue = new("queue.show", (it, message, ct) => it.ShowQueueAsync(message.Name, ct));
    public static readonly AdminOperation<OneOrAll, int> RetryQueue = new("queue.retry", (it, message, ct) => it.RetryQueueAsync(message.Name, ct));
    public static readonly AdminOperation<Named, QueueEntry> DropQueue = new("queue.drop", (it, message, ct) => it.DropQueueAsync(message.Name, ct));
    public static readonly AdminOperation<Nothing, StoreReport> CheckStore = new("store.check", (it, _, ct) => it.CheckStoreAsync(ct));
    public static readonly AdminOperation<Nothing, RekeyReport> RekeyStore = new("store.rekey", (it, _, ct) => it.RekeyStoreAsync(ct));

    public static readonly AdminOperation<DeletedOrder, IReadOnlyList<DeletedItem>> ListDeleted = new("store.deleted", (it, order, ct) => it.ListDeletedAsync(order, ct));
    public static readonly AdminOperation<DeletedOrder, UndeleteResult> Undelete = new("store.undelete", (it, order, ct) => it.UndeleteAsync(order, ct));
    public static readonly AdminOperation<StoreJobOrder, JobState> StartJob = new("job.start", (it, order, ct) => it.StartJobAsync(order, ct));
    public static readonly AdminOperation<JobPoll, JobState> PollJob = new("job.poll", (it, poll, ct) => it.PollJobAsync(poll, ct));
    public static readonly AdminOperation<Named, JobState> StopJob = new("job.stop", (it, job, ct) => it.StopJobAsync(job.Name, ct));

    public static readonly AdminOperation<ImportRequest, JobState> StartImport = new("import.start", (it, request, ct) => it.StartImportAsync(request, ct));
    public static readonly AdminOperation<ExportRequest, JobState> StartExport = new("export.start", (it, request, ct) => it.StartExportAsync(request, ct));
    public static readonly AdminOperation<Nothing, ServerStatus> ShowStatus = new("status", (it, _, ct) => it.ShowStatusAsync(ct));
    public static readonly AdminOperation<Nothing, IReadOnlyList<TraceSummary>> ListTraces = new("trace.list", (it, _, ct) => it.ListTracesAsync(ct));
    public static readonly AdminOperation<Named, TracedExchange> ShowTrace = new("trace.show", (it, call, ct) => it.ShowTraceAsync(call.Name, ct));
    public static readonly AdminOperation<CaptureFrom, CapturedMessages> Capture = new("trace.capture", (it, from, ct) => it.CaptureAsync(from, ct));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AdminOperation> All { get; } =
    [
        AddUser, ListUsers, ShowUser, ListPhones, ShowQuota, SetQuota, ChangeUser, RemoveUser, AddGroup, ListGroups, RemoveGroup, ListPublicFolders, SetPublicFolder,
        RemovePublicFolder, ListQueue, ShowQueue, RetryQueue, DropQueue, CheckStore, RekeyStore, ListDeleted, Undelete, StartJob, StartImport, StartExport,
        PollJob, StopJob, ShowStatus, ListTraces, ShowTrace, Capture,
    ];
}

/// <summary>No argument, or no result.</summary>
internal sealed record Nothing;

/// <summary>A thing known by its name.</summary>
internal sealed record Named(string Name);

/// <summary>A thing known by its name, or all of them.</summary>
internal sealed record OneOrAll(string? Name);

/// <summary>A change to the user with this address.</summary>
internal sealed record UserChange(string Address, AccountChange Change);

/// <summary>The limits of the user with this address.</summary>
internal sealed record QuotaChange(string Address, QuotaLimits Limits);

/// <summary>What somebody may do with the public folder of this path.</summary>
internal sealed record PublicChange(string Path, PublicRights Rights);
