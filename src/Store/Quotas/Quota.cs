namespace UnifiedMsg.Store;

/// <summary>What an account uses and may use. RFC 9208.</summary>
/// <param name="Size">Octets of all items.</param>
/// <param name="Items">Items in all folders.</param>
/// <param name="MaxSize">Octets that it may have; <see cref="QuotaLimits.None"/> when there is no limit.</param>
/// <param name="MaxItems">Items that it may have; <see cref="QuotaLimits.None"/> when there is no limit.</param>
public sealed record Quota(long Size, long Items, long MaxSize, long MaxItems)
{
    /// <summary>Whether not even an empty item would be taken.</summary>
    public bool IsFull => Size >= MaxSize || Items >= MaxItems;

    /// <summary>Whether an item of so many octets would be taken now.</summary>
    public bool Takes(long size) => Items < MaxItems && size <= MaxSize - Size;

    /// <summary>Whether an item of so many octets could be taken by an empty mailbox.</summary>
    public bool CanEverTake(long size) => MaxItems > 0 && size <= MaxSize;
}

/// <summary>The limits of one account.</summary>
/// <param name="MaxSize">Octets; <see cref="None"/> for no limit, null for the server's.</param>
/// <param name="MaxItems">Items; <see cref="None"/> for no limit, null for the server's.</param>
public sealed record QuotaLimits(long? MaxSize = null, long? MaxItems = null)
{
    /// <summary>No limit.</summary>
    public const long None = long.MaxValue;
}

/// <summary>What the caller wants is more than the account may have.</summary>
/// <param name="message">For people.</param>
/// <param name="isForGood">Whether it would not even go into an empty mailbox, so that trying again is of no use.</param>
public sealed class OverQuotaException(string message, bool isForGood) : StoreException(StoreError.OverQuota, message)
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsForGood { get; } = isForGood;
}
