namespace UnifiedMsg.Store;

/// <summary>What an item is. Stored as its number: never renumber. Set by our own code at submission, never by a header of outside mail.</summary>
public enum ItemKind
{
    /// <summary>Ordinary mail.</summary>
    Mail = 0,

    /// <summary>A recorded voice message.</summary>
    VoiceMail = 1,

    /// <summary>A notice of a call that ended before anything was said.</summary>
    MissedCall = 2,
}

/// <summary>The system flags of RFC 9051 §2.3.2. Stored as their bits: never renumber.</summary>
[Flags]
public enum ItemFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>\Seen</c></summary>
    Seen = 1,

    /// <summary><c>\Answered</c></summary>
    Answered = 2,

    /// <summary><c>\Flagged</c></summary>
    Flagged = 4,

    /// <summary><c>\Deleted</c></summary>
    Deleted = 8,

    /// <summary><c>\Draft</c></summary>
    Draft = 16,
}

/// <summary>One item of a folder, without its content.</summary>
/// <param name="Id">Stable across moves.</param>
/// <param name="FolderId">The folder that holds it.</param>
/// <param name="Uid">RFC 9051 §2.3.1.1; ascending in commit order within the folder.</param>
/// <param name="ModSeq">The account's change number of its last change. RFC 7162.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">System flags.</param>
/// <param name="Keywords">User-defined flags, in no order, unique in any case.</param>
/// <param name="InternalDate">When it was received, or the date given with APPEND.</param>
/// <param name="Size">Octets of the whole message.</param>
/// <param name="EmailId">The same for an item and its copies, whose content is one; never used again. RFC 8474 §5.1.</param>
/// <param name="ThreadId">The conversation within its account; 0 while that is still to be found out. RFC 8474 §5.2, RFC 8621 §3.</param>
public sealed record Item(
    long Id, long FolderId, uint Uid, long ModSeq, ItemKind Kind, ItemFlags Flags, IReadOnlyList<string> Keywords,
    DateTimeOffset InternalDate, long Size, long EmailId, long ThreadId);

/// <summary>What a client gives along with a new item.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">System flags at the start.</param>
/// <param name="Keywords">User-defined flags at the start, or null.</param>
/// <param name="InternalDate">Null means now.</param>
/// <param name="BeyondQuota">Taken also when the mailbox is full; only our own code says so, of what would be lost otherwise.</param>
public sealed record NewItem(
    ItemKind Kind = ItemKind.Mail, ItemFlags Flags = ItemFlags.None, IReadOnlyList<string>? Keywords = null,
    DateTimeOffset? InternalDate = null, bool BeyondQuota = false);
