using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Administration;

/// <summary>Administration on the opened store of this process.</summary>
/// <param name="data">The opened data folder.</param>
/// <param name="domains">The mail domains of this server.</param>
/// <param name="ownsData">Whether disposing this closes the data folder.</param>
/// <param name="server">The server that runs on it in this process; null when none does.</param>
public sealed class LocalAdministration(DataFolder data, IReadOnlyList<string> domains, bool ownsData, RunningServer? server = null) : IAdministration
{
    // What comes within it goes over the socket at once; whoever looks on sees it soon enough.
    private static readonly TimeSpan CapturePause = TimeSpan.FromMilliseconds(500);

    private readonly Jobs _jobs = new(data.Time);
    private readonly StoreWork _storeWork = new(data);
    private readonly PublicFolderAdministration _publicFolders = new(data.Store, data.Accounts);

    private SipTraces Traces => server?.Traces
        ?? throw new CommandException(ExitCode.Unreachable, "no server runs on this data folder, and the trace is in the memory of the server only");

    /// <inheritdoc/>
    public async Task<Account> AddUserAsync(NewAccount account, CancellationToken cancellationToken = default)
    {
        RequireOurDomain(account.Address);
        var added = await data.Accounts.AddAsync(account, cancellationToken);
        await data.Store.ProvisionAsync(added.Id, cancellationToken);
        return added;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Account>> ListUsersAsync(CancellationToken cancellationToken = default) =>
        await data.Accounts.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<Account> ShowUserAsync(string address, CancellationToken cancellationToken = default) =>
        await data.Accounts.FindByAddressAsync(address, cancellationToken)
        ?? throw new DirectoryException($"there is no user {address}; `unifiedmsg user list` shows who there is");

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RegisteredPhone>> ListPhonesAsync(string address, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(address, cancellationToken);
        return await data.Phones.ListAsync(account.Address, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<UserQuota> ShowQuotaAsync(string address, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(address, cancellationToken);
        return UserQuota.From(
            await data.Store.ReadQuotaAsync(account.Id, cancellationToken), await data.Store.ReadQuotaLimitsAsync(account.Id, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<UserQuota> SetQuotaAsync(string address, QuotaLimits limits, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(address, cancellationToken);
        if (limits.MaxSize < 0 || limits.MaxItems < 0)
            throw new DirectoryException("a quota can't be negative");
        await data.Store.SetQuotaAsync(account.Id, limits, cancellationToken);
        return await ShowQuotaAsync(address, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Account> ChangeUserAsync(string address, AccountChange change, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(address, cancellationToken);
        return await data.Accounts.ChangeAsync(account.Id, change, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Account> RemoveUserAsync(string address, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(address, cancellationToken);
        await data.Accounts.RemoveAsync(account.Id, cancellationToken);
        return account;
    }

    /// <inheritdoc/>
    public async Task<Group> AddGroupAsync(Group group, CancellationToken cancellationToken = default)
    {
        RequireOurDomain(group.Address);
        return await data.Accounts.AddGroupAsync(group.Address, group.Members, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default) =>
        await data.Accounts.ListGroupsAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task RemoveGroupAsync(string address, CancellationToken cancellationToken = default)
    {
        if (!await data.Accounts.RemoveGroupAsync(address, cancellationToken))
            throw new DirectoryException($"there is no group {address}; `unifiedmsg group list` shows which there are");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PublicFolder>> ListPublicFoldersAsync(CancellationToken cancellationToken = default) =>
        _publicFolders.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<PublicFolder> SetPublicFolderAsync(string path, PublicRights rights, CancellationToken cancellationToken = default) =>
        _publicFolders.SetAsync(path, rights, cancellationToken);

    /// <inheritdoc/>
    public Task<PublicFolder> RemovePublicFolderAsync(string path, CancellationToken cancellationToken = default) =>
        _publicFolders.RemoveAsync(path, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueueEntry>> ListQueueAsync(CancellationToken cancellationToken = default) => data.Queue.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<QueueEntry> ShowQueueAsync(string queueId, CancellationToken cancellationToken = default) =>
        await data.Queue.FindAsync(queueId, cancellationToken)
        ?? throw new DirectoryException($"there is no message {queueId} in the queue; `unifiedmsg queue list` shows which there are");

    /// <inheritdoc/>
    public async Task<int> RetryQueueAsync(string? queueId, CancellationToken cancellationToken = default)
    {
        if (queueId is not null)
            await ShowQueueAsync(queueId, cancellationToken);
        return await data.Queue.RetryAsync(queueId, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<QueueEntry> DropQueueAsync(string queueId, CancellationToken cancellationToken = default)
    {
        var entry = await ShowQueueAsync(queueId, cancellationToken);
        await data.Queue.DropAsync(queueId, cancellationToken);
        return entry;
    }

    /// <inheritdoc/>
    public async Task<StoreReport> CheckStoreAsync(CancellationToken cancellationToken = default) =>
        await ReportAddresses.AddAsync(await data.CheckAsync(cancellationToken), data.Accounts, cancellationToken);

    /// <inheritdoc/>
    public async Task<RekeyReport> RekeyStoreAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await data.RekeyAsync(cancellationToken);
        }
        catch (ContentKeyException refusal)
        {
            throw new DirectoryException(refusal.Message);
        }
    }

    /// <inheritdoc/>
    public async Task<JobState> StartImportAsync(ImportRequest request, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(request.Address, cancellationToken);
        return StartTransfer((onProgress, stop) => data.Transfers.ImportAsync(account.Id, request, onProgress, stop));
    }

    /// <inheritdoc/>
    public async Task<JobState> StartExportAsync(ExportRequest request, CancellationToken cancellationToken = default)
    {
        var account = await ShowUserAsync(request.Address, cancellationToken);
        return StartTransfer((onProgress, stop) => data.Transfers.ExportAsync(account.Id, account.Address, request, onProgress, stop));
    }

    /// <inheritdoc/>
    public Task<ServerStatus> ShowStatusAsync(CancellationToken cancellationToken = default) => server?.StatusAsync(cancellationToken)
        ?? throw new CommandException(ExitCode.Unreachable, "no server runs on this data folder; `unifiedmsg run` starts one");

    /// <inheritdoc/>
    public Task<IReadOnlyList<TraceSummary>> ListTracesAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Traces.List());

    /// <inheritdoc/>
    public Task<TracedExchange> ShowTraceAsync(string name, CancellationToken cancellationToken = default) => Task.FromResult(Traces.Find(name) switch
    {
        [] => throw new DirectoryException($"there is no call {name} in the trace; `unifiedmsg trace` shows the last ones"),
        [var only] => only,
        var several => throw new DirectoryException($"{name} is not unique, it begins {string.Join(" and ", several.Take(3).Select(e => e.CallId))}"),
    });

    /// <inheritdoc/>
    public async Task<CapturedMessages> CaptureAsync(CaptureFrom from, CancellationToken cancellationToken = default)
    {
        var live = Traces.Live;
        if (from.Place >= 0)
            await Task.Delay(CapturePause, cancellationToken);
        var (messages, lost, next) = live.Read(from.Place);
        return new CapturedMessages(messages, lost, next);
    }

    /// <inheritdoc/>
    public Task<JobState> StartJobAsync(StoreJobOrder order, CancellationToken cancellationToken = default) =>
        Task.FromResult(_jobs.Start((job, stop) => _storeWork.RunAsync(order, job, stop)));

    /// <inheritdoc/>
    public Task<JobState> PollJobAsync(JobPoll poll, CancellationToken cancellationToken = default) => _jobs.PollAsync(poll, cancellationToken);

    /// <inheritdoc/>
    public Task<JobState> StopJobAsync(string id, CancellationToken cancellationToken = default) => Task.FromResult(_jobs.Stop(id));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DeletedItem>> ListDeletedAsync(DeletedOrder order, CancellationToken cancellationToken = default) =>
        await data.ItemStore.Deleted.ListAsync(await OwnerAsync(order, cancellationToken), order.Filter, order.Most, cancellationToken);

    /// <inheritdoc/>
    public async Task<UndeleteResult> UndeleteAsync(DeletedOrder order, CancellationToken cancellationToken = default) =>
        await data.ItemStore.Deleted.RestoreAsync(await OwnerAsync(order, cancellationToken), order.Filter, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _jobs.DisposeAsync();
        if (ownsData)
            await data.DisposeAsync();
    }

    private JobState StartTransfer(Func<Action<TransferProgress>, CancellationToken, Task<TransferReport>> run) => _jobs.Start(async (job, stop) =>
    {
        var report = await run(progress => job.Change(state => state with { Transfer = progress }), stop);
        job.Change(state => state with { Transferred = report });
    });

    private async Task<long> OwnerAsync(DeletedOrder order, CancellationToken cancellationToken) =>
        order.Address == DeletedOrder.Public ? PublicFolders.AccountId : (await ShowUserAsync(order.Address, cancellationToken)).Id;

    // Mail for another domain would never come here, so such an account could be made but not reached.
    private void RequireOurDomain(string address)
    {
        var domain = address[(address.LastIndexOf('@') + 1)..];
        if (!domains.Contains(domain, StringComparer.OrdinalIgnoreCase))
            throw new DirectoryException($"{address} is in none of our domains ({string.Join(", ", domains)}); add its domain to `domains` in the configuration first");
    }
}
