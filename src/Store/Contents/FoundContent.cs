namespace UnifiedMsg.Store.Contents;

/// <summary>A content whose rows were read, with others or by itself; it is opened when it is needed.</summary>
/// <param name="Content">Its row, with the octets when they are in the database.</param>
/// <param name="Summary">The stored summary.</param>
internal sealed record FoundContent(StoredContent Content, byte[] Summary);
