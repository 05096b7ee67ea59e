using UnifiedMsg.Accounts.Credentials;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts;

/// <summary>Drops what somebody keeps of an account, in the unit that removes the account.</summary>
/// <param name="session">The unit.</param>
/// <param name="accountId">Who is being removed.</param>
public delegate ValueTask AccountRemover(IWriteSession session, long accountId);

/// <summary>The directory in the server's own database.</summary>
public sealed class AccountDirectory : IAccounts, IDisposable
{
    private readonly IDatabase _database;
    private readonly SlowHash _slowHash;
    private readonly AccountReader _reader;
    private readonly AccountWriter _writer;
    private readonly GroupWriter _groups;
    private readonly PasswordChecker _passwords;
    private readonly PinChecker _pins;

    private AccountDirectory(
        IDatabase database, MadeUpVerifiers madeUp, AccountsOptions options, TimeProvider time, IReadOnlyList<AccountRemover> removers)
    {
        _database = database;
        _slowHash = new SlowHash();
        _passwords = new PasswordChecker(database, _slowHash, madeUp, new VerifiedPasswords(options, time), options);
        _pins = new PinChecker(database, _slowHash, options, time);
        _reader = new AccountReader();
        _writer = new AccountWriter(_reader, new PhoneSecrets(options.PhoneRealm), time, removers);
        _groups = new GroupWriter(_reader);
    }

    /// <summary>Opens the directory; the database has the schema of <see cref="AccountsSchema"/>.</summary>
    /// <param name="database">Where it is kept.</param>
    /// <param name="options">Strength and limits of credentials.</param>
    /// <param name="time">The clock.</param>
    /// <param name="removers">Who else keeps something of an account, such as its mailbox.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public static async Task<AccountDirectory> OpenAsync(
        IDatabase database, AccountsOptions options, TimeProvider time, IReadOnlyList<AccountRemover>? removers = null,
        CancellationToken cancellationToken = default)
    {
        MadeUpVerifiers madeUp = await MadeUpVerifiers.OpenAsync(database, options.PasswordIterations, cancellationToken);
        return new AccountDirectory(database, madeUp, options, time, removers ?? []);
    }

    /// <inheritdoc/>
    public ValueTask<Account?> FindAsync(long id, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => _reader.FindAsync(session, id), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Account?> FindByAddressAsync(string address, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => _reader.FindByAddressAsync(session, AddressSyntax.Normalize(address)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Account?> FindByExtensionAsync(string extension, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => _reader.FindByExtensionAsync(session, extension), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(_reader.ListAsync, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Account>> ResolveAsync(string address, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => _reader.ResolveAsync(session, AddressSyntax.Normalize(address)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<GroupId>> ListGroupIdsAsync(long? accountId = null, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => _reader.ListGroupIdsAsync(session, accountId), cancellationToken);

    /// <inheritdoc/>
    public async Task<Account> AddAsync(NewAccount account, CancellationToken cancellationToken = default)
    {
        string? extension = string.IsNullOrEmpty(account.Extension) ? null : AddressSyntax.RequireExtension(account.Extension);
        var row = new NewAccountRow(
            AddressSyntax.Require(account.Address), AddressSyntax.RequireName(account.Name), extension,
            await MakePasswordAsync(account.Password, cancellationToken),
            await MakePinAsync(account.Pin, extension, cancellationToken),
            account.PhonePassword);
        return await _database.WriteAsync(session => _writer.AddAsync(session, row), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Account> ChangeAsync(long id, AccountChange change, CancellationToken cancellationToken = default)
    {
        Account current = await FindAsync(id, cancellationToken)
            ?? throw new DirectoryException("There is no such account.");
        if (!string.IsNullOrEmpty(change.Extension))
            AddressSyntax.RequireExtension(change.Extension);
        var row = new ChangedAccountRow(
            change.Name is null ? null : AddressSyntax.RequireName(change.Name), change.Extension,
            change.Password is not null, await MakePasswordAsync(change.Password, cancellationToken),
            change.Pin is not null,
            await MakePinAsync(change.Pin, change.Extension ?? current.Extension, cancellationToken),
            change.PhonePassword);
        return await _database.WriteAsync(session => _writer.ChangeAsync(session, id, row), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => _writer.RemoveAsync(session, id), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(_reader.ListGroupsAsync, cancellationToken);

    /// <inheritdoc/>
    public Task<Group> AddGroupAsync(string address, IReadOnlyList<string> members, CancellationToken cancellationToken = default)
    {
        string normal = AddressSyntax.Require(address);
        string[] normalMembers = [.. members.Select(AddressSyntax.Normalize).Distinct()];
        return _database.WriteAsync(session => _groups.AddAsync(session, normal, normalMembers), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveGroupAsync(string address, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => _groups.RemoveAsync(session, AddressSyntax.Normalize(address)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Account?> VerifyPasswordAsync(string address, string password, CancellationToken cancellationToken = default) =>
        await _passwords.VerifyAsync(address, password, cancellationToken)
            ? await FindByAddressAsync(address, cancellationToken)
            : null;

    /// <inheritdoc/>
    public ValueTask<ScramVerifier> FindScramVerifierAsync(string address, CancellationToken cancellationToken = default) =>
        _passwords.FindVerifierAsync(address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PhoneSecret?> FindPhoneSecretAsync(string userName, string realm, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => PhoneSecrets.FindAsync(session, userName, realm), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PinResult> VerifyPinAsync(long id, string pin, CancellationToken cancellationToken = default) =>
        _pins.VerifyAsync(id, pin, cancellationToken);

    /// <summary>Ends the derivations' limit; the database is the caller's.</summary>
    public void Dispose() => _slowHash.Dispose();

    private async Task<ScramVerifier?> MakePasswordAsync(string? password, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(password) ? null : await _passwords.MakeVerifierAsync(password, cancellationToken);

    private async Task<PinVerifier?> MakePinAsync(string? pin, string? extension, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(pin))
            return null;
        PinPolicy.Require(pin, extension);
        return await _pins.MakeVerifierAsync(pin, cancellationToken);
    }
}
