using System.Data.Common;

namespace UnifiedMsg.Store.Contents;

/// <summary>The row of a content (<c>c</c>) with its octets (<c>b</c>).</summary>
/// <param name="Id">The row.</param>
/// <param name="Hash">The content's name.</param>
/// <param name="Size">Octets of the content.</param>
/// <param name="Place">Where they are.</param>
/// <param name="Form">How the octets in the database are stored.</param>
/// <param name="KeyNumber">The key with which octets, file and summary are encrypted; 0 for none.</param>
/// <param name="Octets">The octets in the database; null when they are elsewhere, or lost.</param>
internal sealed record StoredContent(long Id, byte[] Hash, long Size, ContentPlace Place, ContentForm Form, int KeyNumber, byte[]? Octets)
{
    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Columns = "c.id, c.hash, c.size, c.place, c.form, c.key_number, b.octets";

    public static StoredContent Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), (ContentPlace)row.GetInt32(3), (ContentForm)row.GetInt32(4), row.GetInt32(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6));
}
