namespace UnifiedMsg.Store.Items;

/// <summary>What a change of flags may touch; the rest stays as it is.</summary>
internal readonly record struct FlagMask(ItemFlags Flags, bool Keywords)
{
    public static readonly FlagMask None = new(ItemFlags.None, false);

    public static readonly FlagMask All =
        new(ItemFlags.Seen | ItemFlags.Answered | ItemFlags.Flagged | ItemFlags.Deleted | ItemFlags.Draft, true);
}
