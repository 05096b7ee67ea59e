namespace UnifiedMsg.Store;

/// <summary>What a client begins with when it opens a folder, from one snapshot.</summary>
/// <param name="Folder">The folder with its counters.</param>
/// <param name="Uids">The UIDs of its items.</param>
/// <param name="Keywords">The keywords that its items have, in no order; not all when there are very many.</param>
public sealed record OpenedFolder(Folder Folder, UidList Uids, IReadOnlyList<string> Keywords);
