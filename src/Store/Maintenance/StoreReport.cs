namespace UnifiedMsg.Store.Maintenance;

/// <summary>What a check of the store found.</summary>
/// <param name="Folders">Folders looked at.</param>
/// <param name="Items">Items looked at.</param>
/// <param name="Contents">Contents whose octets were hashed.</param>
/// <param name="Problems">What is wrong, for people; at most <see cref="MaxProblems"/> are listed.</param>
public sealed record StoreReport(long Folders, long Items, long Contents, IReadOnlyList<string> Problems)
{
    /// <summary>Past it a list helps nobody any more.</summary>
    public const int MaxProblems = 1000;
}
