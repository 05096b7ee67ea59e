namespace UnifiedMsg.Server.Configuration;

/// <summary>How mailboxes are kept.</summary>
public sealed record StoreSection
{
    /// <summary>The retention of deleted items.</summary>
    [Option("How long what people delete can be put back with `unifiedmsg store undelete`; 0 keeps nothing.", Maximum = "3650d")]
    public TimeSpan DeletedItemRetention { get; init; } = TimeSpan.FromDays(14);
}
