using UnifiedMsg.Store;

namespace UnifiedMsg.Server.Administration;

/// <summary>What somebody's mailbox holds and may hold.</summary>
/// <param name="Size">Octets that it holds.</param>
/// <param name="Items">Messages that it holds.</param>
/// <param name="MaxSize">Octets that it may hold; null when there is no limit.</param>
/// <param name="MaxItems">Messages that it may hold; null when there is no limit.</param>
/// <param name="Own">The limits that are this person's own; null where those of the configuration hold.</param>
public sealed record UserQuota(long Size, long Items, long? MaxSize, long? MaxItems, QuotaLimits Own)
{
    /// <summary>As an administrator sees it.</summary>
    public static UserQuota From(Quota quota, QuotaLimits own) =>
        new(quota.Size, quota.Items, Limit(quota.MaxSize), Limit(quota.MaxItems), own);

    private static long? Limit(long limit) => limit == QuotaLimits.None ? null : limit;
}
