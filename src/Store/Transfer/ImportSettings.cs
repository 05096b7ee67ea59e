namespace UnifiedMsg.Store.Transfer;

/// <summary>How to import.</summary>
/// <param name="Folder">The folder under which everything goes; a source of one folder goes into exactly this one. Null: as the source has it.</param>
/// <param name="Again">Whether to forget what earlier imports of this source brought.</param>
/// <param name="MaxSize">Octets of the largest message.</param>
/// <param name="MaxKeywords">Keywords of an item at most.</param>
public sealed record ImportSettings(string? Folder, bool Again, long MaxSize, int MaxKeywords = 64);
