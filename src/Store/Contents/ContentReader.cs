using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Opens contents and reads summaries.</summary>
internal sealed class ContentReader(IDatabase database, BlobArea blobs, KeyRing keys)
{
    /// <summary>Contents read together. Those in the database have at most <see cref="ContentStager.MaxInline"/> octets, so all of them together
    /// have some MiB at most.</summary>
    public const int PerReading = 64;

    private const string Select = $"SELECT {StoredContent.Columns}, c.summary FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id ";
    private const string One = Select + "WHERE c.id = @p0";

    private const string OfArray = Select + "WHERE c.id = ANY(@p0)";

    private static readonly string OfList = $"{Select}WHERE c.id IN ({string.Join(", ", Enumerable.Range(0, PerReading).Select(i => $"@p{i}"))})";

    public async ValueTask<Stream?> OpenAsync(long itemId, CancellationToken cancellationToken) =>
        await FindAsync(itemId, cancellationToken) is { } content ? await OpenAsync(content, () => FindAsync(itemId, cancellationToken)) : null;

    /// <summary>Tells the administrator, once of each content, of one that was passed over because it can't be read.</summary>
    public void Report(ContentException fault) => blobs.Report(fault);

    /// <summary>Reads the rows of some contents, at most <see cref="PerReading"/>, whoever refers to them. What is gone is left out.</summary>
    public async ValueTask<IReadOnlyDictionary<long, FoundContent>> FindAsync(long[] contentIds, CancellationToken cancellationToken)
    {
        // A list is made up by repeating the last one.
        object?[] arguments = database.TakesArrays ? [contentIds]
            : [.. Enumerable.Range(0, PerReading).Select(i => (object?)contentIds[Math.Min(i, contentIds.Length - 1)])];
        List<FoundContent> found = await database.ReadOneAsync(
            session => session.QueryAsync(database.TakesArrays ? OfArray : OfList, Map, arguments), cancellationToken);
        return found.ToDictionary(content => content.Content.Id);
    }

    /// <summary>The summary of a content.</summary>
    /// <exception cref="DamagedContentException">The octets are not what was written.</exception>
    public MessageSummary SummaryOf(FoundContent found) => PackedSummary.Read(found.Summary, found.Content.Hash, keys.Of(found.Content.KeyNumber));

    /// <summary>The content itself; null when it is gone meanwhile.</summary>
    public ValueTask<Stream?> OpenAsync(FoundContent found, CancellationToken cancellationToken) =>
        OpenAsync(found.Content, async () => (await FindContentAsync(found.Content.Id, cancellationToken))?.Content);

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
        {
            if (await ReadSummaryAsync(id, octets, hash, keyNumber, cancellationToken) is { } summary)
                summaries[id] = summary;
        }
        return summaries;
    }

    // A damaged summary costs the other items nothing, and where its content is sound nothing at all.
    private async ValueTask<MessageSummary?> ReadSummaryAsync(
        long itemId, byte[] octets, byte[] hash, int keyNumber, CancellationToken cancellationToken)
    {
        try
        {
            return PackedSummary.Read(octets, hash, keys.Of(keyNumber));
        }
        catch (DamagedContentException damage)
        {
            Report(damage);
        }
        try
        {
            Stream? content = await OpenAsync(itemId, cancellationToken);
            if (content is null)
                return null;
            await using (content)
                return MessageSummarizer.Summarize(content);
        }
        catch (ContentException lost) when (lost is MissingContentException or DamagedContentException)
        {
            Report(lost);
            return null;
        }
    }

    private async ValueTask<Stream?> OpenAsync(StoredContent content, Func<ValueTask<StoredContent?>> findAgain)
    {
        try
        {
            return Open(content);
        }
        catch (MissingContentException)
        {
            // It may have got another name, and its file with it, since the row was read.
            StoredContent? now = await findAgain();
            if (now is null)
                return null;
            if (now.Hash.AsSpan().SequenceEqual(content.Hash))
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

    private ValueTask<StoredContent?> FindAsync(long itemId, CancellationToken cancellationToken) => database.ReadOneAsync(
        session => session.QueryFirstAsync<StoredContent?>(
            $"SELECT {StoredContent.Columns} FROM store_items i JOIN store_contents c ON c.id = i.content_id "
            + "LEFT JOIN store_bodies b ON b.content_id = c.id WHERE i.id = @p0",
            StoredContent.Read, itemId),
        cancellationToken);

    private ValueTask<FoundContent?> FindContentAsync(long contentId, CancellationToken cancellationToken) =>
        database.ReadOneAsync(session => session.QueryFirstAsync<FoundContent?>(One, Map, contentId), cancellationToken);

    private static FoundContent Map(DbDataReader row) => new(StoredContent.Read(row), row.GetFieldValue<byte[]>(row.FieldCount - 1));
}
