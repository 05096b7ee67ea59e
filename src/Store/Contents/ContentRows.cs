using System.Buffers.Binary;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Contents;

/// <summary>Where octets are. Stored as its number: never renumber.</summary>
internal enum ContentPlace
{
    /// <summary>In the database.</summary>
    Database = 0,

    /// <summary>In the blob area, under their hash.</summary>
    Blob = 1,
}

/// <summary>The rows of contents and the count of items that refer to each.</summary>
internal static class ContentRows
{
    private const string Insert =
        "INSERT INTO store_contents(hash_key, hash, size, place, refs, summary, form, key_number) SELECT @p0, @p1, @p2, @p3, 1, @p4, @p5, @p6 "
        + "WHERE NOT EXISTS (SELECT 1 FROM store_contents WHERE hash_key = @p0 AND hash = @p1) RETURNING id";

    /// <summary>The number by which a hash is found; the hash itself decides.</summary>
    public static long Key(byte[] hash) => BinaryPrimitives.ReadInt64BigEndian(hash);

    /// <summary>Adds one reference to the content, which gets its row with the first one.</summary>
    public static async ValueTask<long> LinkAsync(IWriteSession session, StagedContent content)
    {
        // The same content on another server: one of the two makes the row. The collector waits here too.
        await session.LockAsync(Key(content.Hash));
        return await LinkAsync(session, content, await session.QueryLongAsync(Insert, Row(content)));
    }

    /// <summary>Posts the first half of <see cref="LinkAsync(IWriteSession, StagedContent)"/>, so that it goes along with other statements; its
    /// outcome is for the second.</summary>
    public static async ValueTask<Posted> PostAsync(IWriteSession session, StagedContent content)
    {
        await session.LockAsync(Key(content.Hash));
        return await session.PostQueryAsync(Insert, Row(content));
    }

    /// <param name="session">The unit.</param>
    /// <param name="content">The content.</param>
    /// <param name="added">Its new row; null when it has one already.</param>
    public static async ValueTask<long> LinkAsync(IWriteSession session, StagedContent content, long? added)
    {
        if (added is null)
        {
            return (await session.QueryLongAsync(
                "UPDATE store_contents SET refs = refs + 1, unreferenced_since = NULL WHERE hash_key = @p0 AND hash = @p1 RETURNING id",
                Key(content.Hash), content.Hash))!.Value;
        }
        // With a row the file is safe; that it was safe until then is looked at under the lock.
        if (content.IsGone)
            throw new MissingContentException(Convert.ToHexStringLower(content.Hash), new IOException("It was staged too long ago."));
        if (content.Inline is PackedBody body)
            await session.PostAsync("INSERT INTO store_bodies(content_id, octets) VALUES(@p0, @p1)", added, body.Octets);
        return added.Value;
    }

    public static async ValueTask AddReferencesAsync(IWriteSession session, List<StoredItem> items)
    {
        foreach ((long id, int count) in Count(items.Select(stored => stored.ContentId)))
        {
            await session.PostAsync(
                "UPDATE store_contents SET refs = refs + @p1, unreferenced_since = NULL WHERE id = @p0", id, count);
        }
    }

    public static ValueTask DropReferencesAsync(IWriteSession session, List<StoredItem> items, DateTimeOffset now) =>
        DropReferencesAsync(session, items.Select(stored => stored.ContentId), now);

    /// <summary>One reference less for each time that a content is named.</summary>
    public static async ValueTask DropReferencesAsync(IWriteSession session, IEnumerable<long> contentIds, DateTimeOffset now)
    {
        foreach ((long id, int count) in Count(contentIds))
        {
            await session.PostAsync(
                "UPDATE store_contents SET refs = refs - @p1, unreferenced_since = CASE WHEN refs = @p1 THEN @p2 END WHERE id = @p0",
                id, count, now);
        }
    }

    /// <summary>Counts the references to a content anew.</summary>
    public static async ValueTask<int> RecountAsync(IWriteSession session, long contentId, DateTimeOffset now)
    {
        await session.QueryLongAsync("SELECT refs FROM store_contents WHERE id = @p0 FOR UPDATE", contentId);
        // In one statement, which sees one moment: what is deleted or put back meanwhile takes its reference along without a word to this row.
        long references = (await session.QueryLongAsync(
            "SELECT (SELECT count(*) FROM store_items WHERE content_id = @p0) + (SELECT count(*) FROM store_retained WHERE content_id = @p0)",
            contentId))!.Value;
        return await session.ExecuteAsync(
            "UPDATE store_contents SET refs = @p1, unreferenced_since = CASE WHEN @p1 = 0 THEN @p2 END WHERE id = @p0", contentId, references, now);
    }

    private static object?[] Row(StagedContent content) =>
    [
        Key(content.Hash), content.Hash, content.Size, (int)(content.Inline is null ? ContentPlace.Blob : ContentPlace.Database),
        content.SummaryOctets, (int)(content.Inline?.Form ?? ContentForm.Frames), content.KeyNumber,
    ];

    // By id, so that two units that share contents do not wait for each other.
    private static SortedDictionary<long, int> Count(IEnumerable<long> contentIds)
    {
        var counts = new SortedDictionary<long, int>();
        foreach (long id in contentIds)
            counts[id] = counts.GetValueOrDefault(id) + 1;
        return counts;
    }
}
