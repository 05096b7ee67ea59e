using UnifiedMsg.Database;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Opens contents and reads summaries.</summary>
internal sealed class ContentReader(IDatabase database, BlobArea blobs, KeyRing keys)
{
    public ValueTask<Stream?> OpenAsync(long itemId, CancellationToken cancellationToken) => OpenAsync(() => FindAsync(itemId, cancellationToken));

    /// <summary>Tells the administrator, once of each content, of one that was passed over because it can't be read.</summary>
    public void Report(ContentException fault) => blobs.Report(fault);

    /// <summary>The content itself, whoever refers to it, with its summary; null when it is gone.</summary>
    public async ValueTask<(Stream Octets, MessageSummary Summary)?> OpenContentAsync(long contentId, CancellationToken cancellationToken)
    {
        MessageSummary? summary = null;
        Stream? octets = await OpenAsync(async () =>
        {
            (StoredContent? content, byte[] packed) = await FindContentAsync(contentId, cancellationToken);
            summary = content is null ? null : PackedSummary.Read(packed, content.Hash, keys.Of(content.KeyNumber));
            return content;
        });
        return octets is null ? null : (octets, summary!);
    }

    public async ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken)
    {
        List<(long Id, byte[] Octets, byte[] Hash, int KeyNumber)> stored = await database.ReadAsync(
            async session =>
            {
                var found = new List<(long, byte[], byte[], int)>(itemIds.Count);
                foreach (long id in itemIds)
                {
                    (byte[]? octets, byte[]? hash, int keyNumber) = await session.QueryFirstAsync(
                        "SELECT c.summary, c.hash, c.key_number FROM store_items i JOIN store_contents c ON c.id = i.content_id WHERE i.id = @p0",
                        row => ((byte[]?)row.GetFieldValue<byte[]>(0), (byte[]?)row.GetFieldValue<byte[]>(1), row.GetInt32(2)), id);
                    if (octets is not null)
                        found.Add((id, octets, hash!, keyNumber));
                }
                return found;
            },
            cancellationToken);
        var summaries = new Dictionary<long, MessageSummary>(stored.Count);
        foreach ((long id, byte[] octets, byte[] hash, int keyNumber) in stored)
            summaries[id] = PackedSummary.Read(octets, hash, keys.Of(keyNumber));
        return summaries;
    }

    private async ValueTask<Stream?> OpenAsync(Func<ValueTask<StoredContent?>> find)
    {
        StoredContent? content = await find();
        try
        {
            return content is null ? null : Open(content);
        }
        catch (MissingContentException)
        {
            // It may have got another name, and its file with it, since the row was read.
            StoredContent? now = await find();
            if (now is null)
                return null;
            if (now.Hash.AsSpan().SequenceEqual(content!.Hash))
                throw;
            return Open(now);
        }
    }

    private Stream Open(StoredContent content)
    {
        if (content.Place == ContentPlace.Blob)
            return blobs.OpenRead(content);
        if (content.Octets is null)
            throw new MissingContentException(Convert.ToHexStringLower(content.Hash));
        byte[] octets = new PackedBody(content.Octets, content.Form).Unpack(content.Hash, content.Size, keys.Of(content.KeyNumber));
        return new MemoryStream(octets, writable: false);
    }

    private ValueTask<StoredContent?> FindAsync(long itemId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstAsync<StoredContent?>(
            $"SELECT {StoredContent.Columns} FROM store_items i JOIN store_contents c ON c.id = i.content_id "
            + "LEFT JOIN store_bodies b ON b.content_id = c.id WHERE i.id = @p0",
            StoredContent.Read, itemId),
        cancellationToken);

    private ValueTask<(StoredContent? Content, byte[] Summary)> FindContentAsync(long contentId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstAsync<(StoredContent?, byte[])>(
            $"SELECT {StoredContent.Columns}, c.summary FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id WHERE c.id = @p0",
            row => (StoredContent.Read(row), row.GetFieldValue<byte[]>(row.FieldCount - 1)), contentId),
        cancellationToken);
}
