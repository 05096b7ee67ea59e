using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Server.Administration;

/// <summary>Which deleted items of whom are meant.</summary>
/// <param name="Address">Whose mailbox, or <see cref="Public"/>.</param>
/// <param name="Filter">Which of them.</param>
/// <param name="Most">How many at most, when they are listed.</param>
public sealed record DeletedOrder(string Address, DeletedFilter Filter, int Most)
{
    /// <summary>In place of an address: the public folders. It has no @, so it is nobody's.</summary>
    public const string Public = "public";
}
