namespace UnifiedMsg.Store;

/// <summary>Whom a right is given to. Stored as its number: never renumber.</summary>
public enum AclKind
{
    /// <summary>Everybody who has an account. RFC 4314 §2: <c>anyone</c>.</summary>
    Anyone = 0,

    /// <summary>One account.</summary>
    Account = 1,

    /// <summary>The members of a group of the directory.</summary>
    Group = 2,
}

/// <summary>Whom a right is given to.</summary>
/// <param name="Kind">What the id is of.</param>
/// <param name="Id">The account's or the group's id; 0 for everybody.</param>
public readonly record struct AclIdentifier(AclKind Kind, long Id)
{
    /// <summary>Everybody who has an account.</summary>
    public static readonly AclIdentifier Anyone = new(AclKind.Anyone, 0);

    /// <summary>One account.</summary>
    public static AclIdentifier Account(long id) => new(AclKind.Account, id);

    /// <summary>The members of a group.</summary>
    public static AclIdentifier Group(long id) => new(AclKind.Group, id);
}

/// <summary>One entry of a folder's access control list. RFC 4314 §2.</summary>
/// <param name="Identifier">Whom it is about.</param>
/// <param name="IsNegative">Whether the rights are taken away rather than given; taking goes before giving.</param>
/// <param name="Rights">Which.</param>
public sealed record AclEntry(AclIdentifier Identifier, bool IsNegative, FolderRights Rights);

/// <summary>Somebody for whom the store acts.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Groups">The ids of the groups that it is in.</param>
public sealed record Person(long AccountId, IReadOnlyList<long> Groups)
{
    /// <summary>Somebody who is in no group.</summary>
    public Person(long accountId)
        : this(accountId, [])
    {
    }
}

/// <summary>A folder as a person sees it.</summary>
/// <param name="Folder">The folder; its unseen items, subscription and change number are the person's own.</param>
/// <param name="Rights">What the person may do with it.</param>
public sealed record SharedFolder(Folder Folder, FolderRights Rights);

/// <summary>The folders that belong to nobody but are for all.</summary>
public static class PublicFolders
{
    /// <summary>The account that owns them. The directory counts up from 1 and never gets here.</summary>
    public const long AccountId = long.MaxValue - 1;
}
