using UnifiedMsg.Database;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Opens contents and reads summaries.</summary>
internal sealed class ContentReader(IDatabase database, BlobArea blobs)
{
    public async ValueTask<Stream?> OpenAsync(long itemId, CancellationToken cancellationToken)
    {
        (byte[]? hash, byte[]? octets) = await database.ReadAsync(
            session => session.QueryFirstAsync(
                "SELECT c.hash, b.octets FROM store_items i JOIN store_contents c ON c.id = i.content_id "
                + "LEFT JOIN store_bodies b ON b.content_id = c.id WHERE i.id = @p0",
                row => ((byte[]?)row.GetFieldValue<byte[]>(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), itemId),
            cancellationToken);
        if (hash is null)
            return null;
        return octets is not null ? new MemoryStream(octets, writable: false) : blobs.OpenRead(hash);
    }

    /// <summary>The content itself, whoever refers to it, with its summary; null when it is gone.</summary>
    public async ValueTask<(Stream Octets, MessageSummary Summary)?> OpenContentAsync(long contentId, CancellationToken cancellationToken)
    {
        (byte[]? hash, byte[]? octets, byte[] summary) = await database.ReadAsync(
            session => session.QueryFirstAsync(
                "SELECT c.hash, b.octets, c.summary FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id WHERE c.id = @p0",
                row => ((byte[]?)row.GetFieldValue<byte[]>(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
                contentId),
            cancellationToken);
        if (hash is null)
            return null;
        Stream stream = octets is not null ? new MemoryStream(octets, writable: false) : blobs.OpenRead(hash);
        return (stream, MessageSummaryCodec.Decode(summary));
    }

    public async ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken)
    {
        List<(long Id, byte[] Octets)> encoded = await database.ReadAsync(
            async session =>
            {
                var found = new List<(long, byte[])>(itemIds.Count);
                foreach (long id in itemIds)
                {
                    byte[]? octets = await session.QueryFirstAsync(
                        "SELECT c.summary FROM store_items i JOIN store_contents c ON c.id = i.content_id WHERE i.id = @p0",
                        row => row.GetFieldValue<byte[]>(0), id);
                    if (octets is not null)
                        found.Add((id, octets));
                }
                return found;
            },
            cancellationToken);
        var summaries = new Dictionary<long, MessageSummary>(encoded.Count);
        foreach ((long id, byte[] octets) in encoded)
            summaries[id] = MessageSummaryCodec.Decode(octets);
        return summaries;
    }
}
