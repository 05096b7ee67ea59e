namespace UnifiedMsg.Store;

/// <summary>RFC 6154 special uses. Stored as their number: never renumber.</summary>
public enum SpecialUse
{
    /// <summary>An ordinary folder.</summary>
    None = 0,

    /// <summary>INBOX.</summary>
    Inbox = 1,

    /// <summary><c>\Drafts</c></summary>
    Drafts = 2,

    /// <summary><c>\Sent</c></summary>
    Sent = 3,

    /// <summary><c>\Trash</c></summary>
    Trash = 4,

    /// <summary><c>\Junk</c></summary>
    Junk = 5,

    /// <summary><c>\Archive</c></summary>
    Archive = 6,
}

/// <summary>A folder with its counters, as of one snapshot.</summary>
/// <param name="Id">Stable across renames, never reused.</param>
/// <param name="AccountId">The owner.</param>
/// <param name="Path">Levels separated by <c>/</c>; INBOX in capitals. Unicode, not modified UTF-7.</param>
/// <param name="SpecialUse">RFC 6154.</param>
/// <param name="Subscribed">RFC 9051 §6.3.7.</param>
/// <param name="UidValidity">RFC 9051 §2.3.1.1.</param>
/// <param name="UidNext">The UID that the next item will get, or more.</param>
/// <param name="HighestModSeq">RFC 7162 §3.1.2.1.</param>
/// <param name="Exists">Items.</param>
/// <param name="Unseen">Items without <c>\Seen</c>.</param>
/// <param name="Deleted">Items with <c>\Deleted</c>.</param>
/// <param name="Size">Octets of all items.</param>
public sealed record Folder(
    long Id, long AccountId, string Path, SpecialUse SpecialUse, bool Subscribed, uint UidValidity, uint UidNext,
    long HighestModSeq, int Exists, int Unseen, int Deleted, long Size);

/// <summary>A refusal by the store that the client can act on.</summary>
public class StoreException(StoreError error, string message) : Exception(message)
{
    /// <summary>The kind of refusal; protocols map it to their codes.</summary>
    public StoreError Error { get; } = error;
}

/// <summary>Why the store refused.</summary>
public enum StoreError
{
    /// <summary>There is no such folder.</summary>
    NoSuchFolder,

    /// <summary>A folder of this name exists.</summary>
    FolderExists,

    /// <summary>The folder can't be used so: INBOX can't be deleted, a name is malformed.</summary>
    InvalidFolder,

    /// <summary>The account's quota is used up.</summary>
    OverQuota,

    /// <summary>The item is larger than allowed.</summary>
    TooLarge,

    /// <summary>A limit other than size is reached: too many folders, too many keywords on an item.</summary>
    LimitReached,

    /// <summary>Another folder has this special use. RFC 6154 §3.</summary>
    UseTaken,

    /// <summary>The person has not the right to it. RFC 4314.</summary>
    NotPermitted,
}
