using UnifiedMsg.Accounts;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;

namespace UnifiedMsg.Server.Phones;

/// <summary>Whose phones may register, out of the directory: each person those of the own address and extension.</summary>
/// <param name="accounts">The directory.</param>
/// <param name="realm">The realm of the passwords.</param>
internal sealed class PhoneDirectory(IAccounts accounts, string realm) : ISipCredentialStore, IRegistrarPolicy
{
    /// <inheritdoc/>
    public async ValueTask<byte[]?> FindAsync(string user, string realm, DigestAlgorithm algorithm, CancellationToken cancellationToken)
    {
        var secret = await accounts.FindPhoneSecretAsync(user, realm, cancellationToken);
        return algorithm == DigestAlgorithm.Sha256 ? secret?.Sha256 : secret?.Md5;
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindAddressOfRecordAsync(SipUri address, string user, CancellationToken cancellationToken)
    {
        var secret = await accounts.FindPhoneSecretAsync(user, realm, cancellationToken);
        if (secret is null || address.User is not { } name)
            return null;
        // Phones write the host that they reach us by behind an extension; behind the name in a mail address its domain has to be right.
        var account = await accounts.FindByExtensionAsync(name, cancellationToken)
            ?? await accounts.FindByAddressAsync(name.Contains('@') ? name : $"{name}@{address.Host}", cancellationToken);
        return account?.Id == secret.AccountId ? account.Address : null;
    }
}
