namespace UnifiedMsg.Accounts.Tests;

/// <summary>A directory of one account whose verifier the test gives, for exchanges with fixed salts.</summary>
internal sealed class OneAccount(Account account, ScramVerifier verifier) : IAccounts
{
    public ValueTask<Account?> FindAsync(long id, CancellationToken cancellationToken = default) => ValueTask.FromResult<Account?>(account);

    public ValueTask<Account?> FindByAddressAsync(string address, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<Account?>(account);

    public ValueTask<Account?> FindByExtensionAsync(string extension, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<Account?>(account);

    public ValueTask<ScramVerifier> FindScramVerifierAsync(string address, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(verifier);

    public ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken = default) => throw Unused();

    public ValueTask<IReadOnlyList<Account>> ResolveAsync(string address, CancellationToken cancellationToken = default) => throw Unused();

    public Task<Account> AddAsync(NewAccount account, CancellationToken cancellationToken = default) => throw Unused();

    public Task<Account> ChangeAsync(long id, AccountChange change, CancellationToken cancellationToken = default) => throw Unused();

    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken = default) => throw Unused();

    public ValueTask<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default) => throw Unused();

    public ValueTask<IReadOnlyList<GroupId>> ListGroupIdsAsync(long? accountId = null, CancellationToken cancellationToken = default) => throw Unused();

    public Task<Group> AddGroupAsync(string address, IReadOnlyList<string> members, CancellationToken cancellationToken = default) => throw Unused();

    public Task<bool> RemoveGroupAsync(string address, CancellationToken cancellationToken = default) => throw Unused();

    public ValueTask<Account?> VerifyPasswordAsync(string address, string password, CancellationToken cancellationToken = default) => throw Unused();

    public ValueTask<PhoneSecret?> FindPhoneSecretAsync(string userName, string realm, CancellationToken cancellationToken = default) =>
        throw Unused();

    public ValueTask<PinResult> VerifyPinAsync(long id, string pin, CancellationToken cancellationToken = default) => throw Unused();

    private static InvalidOperationException Unused() => new("The exchange has no use for this.");
}
