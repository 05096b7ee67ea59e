namespace UnifiedMsg.Accounts;

/// <summary>The directory: people, groups, addresses, extensions and credentials.</summary>
public interface IAccounts
{
    /// <summary>The account with this id, or null.</summary>
    ValueTask<Account?> FindAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>The account with this address, in any case, or null.</summary>
    ValueTask<Account?> FindByAddressAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>The account with this telephone extension, or null.</summary>
    ValueTask<Account?> FindByExtensionAsync(string extension, CancellationToken cancellationToken = default);

    /// <summary>All accounts by address.</summary>
    ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>The accounts that mail to this address reaches: the account itself or a group's members; empty when unknown.</summary>
    ValueTask<IReadOnlyList<Account>> ResolveAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Makes an account. Throws <see cref="DirectoryException"/> for a taken or malformed address or extension or a weak PIN.</summary>
    Task<Account> AddAsync(NewAccount account, CancellationToken cancellationToken = default);

    /// <summary>Changes an account, with the same refusals as <see cref="AddAsync"/>.</summary>
    Task<Account> ChangeAsync(long id, AccountChange change, CancellationToken cancellationToken = default);

    /// <summary>Removes an account and its credentials; returns false when there is none.</summary>
    Task<bool> RemoveAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>All groups by address.</summary>
    ValueTask<IReadOnlyList<Group>> ListGroupsAsync(CancellationToken cancellationToken = default);

    /// <summary>The ids of all groups, or of those that an account is in. An id is never used again.</summary>
    ValueTask<IReadOnlyList<GroupId>> ListGroupIdsAsync(long? accountId = null, CancellationToken cancellationToken = default);

    /// <summary>Makes a group. Throws <see cref="DirectoryException"/> for a taken address or an unknown member.</summary>
    Task<Group> AddGroupAsync(string address, IReadOnlyList<string> members, CancellationToken cancellationToken = default);

    /// <summary>Removes a group; returns false when there is none.</summary>
    Task<bool> RemoveGroupAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>
    /// The account if the password is right, else null; takes the same time for an unknown name as for a wrong password.
    /// </summary>
    ValueTask<Account?> VerifyPasswordAsync(string address, string password, CancellationToken cancellationToken = default);

    /// <summary>The SCRAM-SHA-256 verifier of the account, or a constant made-up one for an unknown name so that names can't be probed.</summary>
    ValueTask<ScramVerifier> FindScramVerifierAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>What proves the password of a phone under this name (the address or the extension) in this realm; null when there is none.</summary>
    ValueTask<PhoneSecret?> FindPhoneSecretAsync(string userName, string realm, CancellationToken cancellationToken = default);

    /// <summary>Whether the PIN is right; wrong ones count towards a time-limited lock-out.</summary>
    ValueTask<PinResult> VerifyPinAsync(long id, string pin, CancellationToken cancellationToken = default);
}

/// <summary>A group by what stays when its members change.</summary>
/// <param name="Id">Never used again.</param>
/// <param name="Address">The group's address.</param>
public sealed record GroupId(long Id, string Address);

/// <summary>What the server keeps of a password: enough to verify it, not to log in with it. RFC 5802 §3, RFC 7677.</summary>
/// <param name="Salt">Random, per account.</param>
/// <param name="Iterations">PBKDF2 rounds, at least 4096.</param>
/// <param name="StoredKey">H(ClientKey).</param>
/// <param name="ServerKey">HMAC(SaltedPassword, "Server Key").</param>
public sealed record ScramVerifier(byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey);

/// <summary>The password of somebody's phones: H(name:realm:password), RFC 7616 §3.4.2. Enough to log in with in that realm.</summary>
/// <param name="AccountId">Whose.</param>
/// <param name="Sha256">With SHA-256.</param>
/// <param name="Md5">With MD5.</param>
public sealed record PhoneSecret(long AccountId, byte[] Sha256, byte[] Md5);

/// <summary>The outcome of a PIN check.</summary>
public enum PinResult
{
    /// <summary>The PIN is wrong or none is set.</summary>
    Wrong,

    /// <summary>The PIN is right.</summary>
    Right,

    /// <summary>Too many wrong ones; not looked at until the lock-out ends.</summary>
    LockedOut,
}
