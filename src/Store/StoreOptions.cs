using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store;

/// <summary>Where content is kept, and the limits of mailboxes.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder of content that is too large for the database.</summary>
    public required string BlobFolder { get; init; }

    /// <summary>The keys with which contents are encrypted; null when they are not. They stay the caller's, for as long as the store is open.</summary>
    public ContentKeys? Keys { get; init; }

    /// <summary>How long content to which no item refers is kept: a client may still be reading what another one just expunged.</summary>
    public TimeSpan GraceTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often unreferenced content is looked for.</summary>
    public TimeSpan CollectInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long deleted items can be put back; zero keeps none.</summary>
    public TimeSpan DeletedItemRetention { get; init; }

    /// <summary>Folders of one account. A client that makes folders in a loop must not fill the database.</summary>
    public int MaxFolders { get; init; } = 10_000;

    /// <summary>Keywords of one item; every one is sent with each FETCH of the flags.</summary>
    public int MaxKeywords { get; init; } = 64;

    /// <summary>Octets that an account may have unless its own limit says otherwise; <see cref="QuotaLimits.None"/> for no limit.</summary>
    public long MailboxSize { get; init; } = QuotaLimits.None;

    /// <summary>Items that an account may have unless its own limit says otherwise; <see cref="QuotaLimits.None"/> for no limit.</summary>
    public long MailboxItems { get; init; } = QuotaLimits.None;

    /// <summary>Gone UIDs remembered for each folder. A client that was away for longer gets told of more UIDs than are gone.</summary>
    public int MaxTombstones { get; init; } = 100_000;
}
