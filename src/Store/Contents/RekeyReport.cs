namespace UnifiedMsg.Store.Contents;

/// <summary>How far the contents are under the current key.</summary>
/// <param name="Key">The id of the current key.</param>
/// <param name="Rewritten">Contents that this step brought under it.</param>
/// <param name="Position">The number of the last content looked at; contents are numbered in the order in which they came.</param>
/// <param name="End">The number of the last content there is.</param>
/// <param name="IsFinished">Whether every content was looked at.</param>
/// <param name="Problems">Contents that could not be brought under it, and why; they stay as they are.</param>
/// <param name="Unused">Ids of keys that nothing needs any more: they may leave the file of keys. Told when finished.</param>
/// <param name="Used">How many contents still need another key, by its id; an empty id stands for contents without encryption. Told when finished.</param>
public sealed record RekeyReport(
    string Key, long Rewritten, long Position, long End, bool IsFinished, IReadOnlyList<string> Problems, IReadOnlyList<string> Unused,
    IReadOnlyDictionary<string, long> Used);
