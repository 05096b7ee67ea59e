using System.Net.Sockets;
using System.Text.Json;
using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Server.Administration;

/// <summary>Administration through the socket of a running server.</summary>
internal sealed class RemoteAdministration : IAdministration
{
    // An operation may wait for a mailbox of some gigabytes to be removed; but not for ever.
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromMinutes(5);

    private readonly string _path;

    private RemoteAdministration(string path) => _path = path;

    /// <summary>The server that runs on a data folder, or null when none does.</summary>
    public static async Task<RemoteAdministration?> FindAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(dataFolder, AdminProtocol.SocketName);
        if (!File.Exists(path))
            return null;
        try
        {
            using var socket = await ConnectAsync(path, cancellationToken);
            return new RemoteAdministration(path);
        }
        catch (SocketException)
        {
            // A dead server's socket. If it is alive after all, opening the store will say that it is in use.
            return null;
        }
    }

    public Task<Account> AddUserAsync(NewAccount account, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.AddUser, account, cancellationToken);

    public Task<IReadOnlyList<Account>> ListUsersAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListUsers, new Nothing(), cancellationToken);

    public Task<Account> ShowUserAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ShowUser, new Named(address), cancellationToken);

    public Task<IReadOnlyList<RegisteredPhone>> ListPhonesAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListPhones, new Named(address), cancellationToken);

    public Task<UserQuota> ShowQuotaAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ShowQuota, new Named(address), cancellationToken);

    public Task<UserQuota> SetQuotaAsync(string address, QuotaLimits limits, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.SetQuota, new QuotaChange(address, limits), cancellationToken);

    public Task<Account> ChangeUserAsync(string address, AccountChange change, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ChangeUser, new UserChange(address, change), cancellationToken);

    public Task<Account> RemoveUserAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.RemoveUser, new Named(address), cancellationToken);

    public Task<Group> AddGroupAsync(Group group, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.AddGroup, group, cancellationToken);

    public Task<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListGroups, new Nothing(), cancellationToken);

    public Task RemoveGroupAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.RemoveGroup, new Named(address), cancellationToken);

    public Task<IReadOnlyList<PublicFolder>> ListPublicFoldersAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListPublicFolders, new Nothing(), cancellationToken);

    public Task<PublicFolder> SetPublicFolderAsync(string path, PublicRights rights, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.SetPublicFolder, new PublicChange(path, rights), cancellationToken);

    public Task<PublicFolder> RemovePublicFolderAsync(string path, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.RemovePublicFolder, new Named(path), cancellationToken);

    public Task<IReadOnlyList<QueueEntry>> ListQueueAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListQueue, new Nothing(), cancellationToken);

    public Task<QueueEntry> ShowQueueAsync(string queueId, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ShowQueue, new Named(queueId), cancellationToken);

    public Task<int> RetryQueueAsync(string? queueId, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.RetryQueue, new OneOrAll(queueId), cancellationToken);

    public Task<QueueEntry> DropQueueAsync(string queueId, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.DropQueue, new Named(queueId), cancellationToken);

    public Task<IReadOnlyList<DeletedItem>> ListDeletedAsync(DeletedOrder order, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListDeleted, order, cancellationToken);

    public Task<UndeleteResult> UndeleteAsync(DeletedOrder order, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.Undelete, order, cancellationToken);

    public Task<JobState> StartJobAsync(StoreJobOrder order, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.StartJob, order, cancellationToken);

    public Task<JobState> PollJobAsync(JobPoll poll, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.PollJob, poll, cancellationToken);

    public Task<JobState> StopJobAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.StopJob, new Named(id), cancellationToken);

    public Task<StoreReport> CheckStoreAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.CheckStore, new Nothing(), cancellationToken);

    public Task<RekeyReport> RekeyStoreAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.RekeyStore, new Nothing(), cancellationToken);

    public Task<ServerStatus> ShowStatusAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ShowStatus, new Nothing(), cancellationToken);

    public Task<IReadOnlyList<TraceSummary>> ListTracesAsync(CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ListTraces, new Nothing(), cancellationToken);

    public Task<TracedExchange> ShowTraceAsync(string name, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.ShowTrace, new Named(name), cancellationToken);

    public Task<JobState> StartImportAsync(ImportRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.StartImport, request, cancellationToken);

    public Task<JobState> StartExportAsync(ExportRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.StartExport, request, cancellationToken);

    public Task<CapturedMessages> CaptureAsync(CaptureFrom from, CancellationToken cancellationToken = default) =>
        AskAsync(AdminOperations.Capture, from, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<TResult> AskAsync<TArgument, TResult>(
        AdminOperation<TArgument, TResult> operation, TArgument argument, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ReplyTimeout);
        try
        {
            using var stream = new NetworkStream(await ConnectAsync(_path, timeout.Token), ownsSocket: true);
            var request = new AdminRequest(operation.Name, JsonSerializer.SerializeToElement(argument, JsonText.Options));
            await AdminProtocol.WriteLineAsync(stream, request, timeout.Token);
            var line = await AdminProtocol.ReadLineAsync(stream, AdminProtocol.MaxReply, timeout.Token)
                ?? throw Unreachable("it closed the connection without an answer");
            return Read<TResult>(JsonSerializer.Deserialize<AdminReply>(line.Span, JsonText.Options));
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw Unreachable(exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"no answer within {ReplyTimeout.TotalMinutes:0} minutes");
        }
    }

    private TResult Read<TResult>(AdminReply? reply) => reply switch
    {
        { Refusal: { } refusal } => throw new DirectoryException(refusal),
        { Result: { } result } => result.Deserialize<TResult>(JsonText.Options) ?? throw Unreachable("its answer is empty"),
        _ => throw Unreachable(reply?.Fault ?? "its answer is empty"),
    };

    private CommandException Unreachable(string reason) => new(ExitCode.Unreachable, $"the running server ({_path}) can't be asked: {reason}");
}
