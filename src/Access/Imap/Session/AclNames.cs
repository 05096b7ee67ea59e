using UnifiedMsg.Accounts;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>Identifiers of access control lists as clients write them: an address of a person or a group, or <c>anyone</c>. RFC 4314 §2.</summary>
internal static class AclNames
{
    public const string Anyone = "anyone";

    /// <summary>Whom a name (without the minus of negative rights) means; null when there is nobody of this name.</summary>
    public static async ValueTask<AclIdentifier?> FindAsync(IAccounts accounts, string name, CancellationToken cancellationToken)
    {
        if (name == Anyone) return AclIdentifier.Anyone;
        if (await accounts.FindByAddressAsync(name, cancellationToken) is { } account) return AclIdentifier.Account(account.Id);
        var groups = await accounts.ListGroupIdsAsync(cancellationToken: cancellationToken);
        return groups.FirstOrDefault(group => group.Address.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } group
            ? AclIdentifier.Group(group.Id) : null;
    }

    /// <summary>The name of an identifier; null when whom it means is gone.</summary>
    public static async ValueTask<string?> NameAsync(IAccounts accounts, AclIdentifier identifier, CancellationToken cancellationToken) => identifier.Kind switch
    {
        AclKind.Anyone => Anyone,
        AclKind.Account => (await accounts.FindAsync(identifier.Id, cancellationToken))?.Address,
        _ => (await accounts.ListGroupIdsAsync(cancellationToken: cancellationToken)).FirstOrDefault(group => group.Id == identifier.Id)?.Address,
    };
}
