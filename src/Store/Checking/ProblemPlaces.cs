using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>Finds where people meet a problem, for the report: as it was before anything was mended.</summary>
internal sealed class ProblemPlaces(IDatabase database, KeyRing keys)
{
    /// <summary>More of them help nobody to understand what was lost.</summary>
    private const int MaxPlaces = 5;

    private const int MaxSubject = 200;

    private const string Item = "SELECT f.account_id, f.path, i.uid, i.internal_date, c.summary, c.hash, c.key_number ";

    // By folder, since contents have no index of their own by which their items are found.
    private const string OfContent = "FROM store_folders f CROSS JOIN store_items i LEFT JOIN store_contents c ON c.id = i.content_id "
        + "WHERE i.folder_id = f.id AND i.content_id = @p0 AND f.account_id > 0 ";

    private const string OfItem = "FROM store_items i JOIN store_folders f ON f.id = i.folder_id LEFT JOIN store_contents c ON c.id = i.content_id "
        + "WHERE i.id = @p0 AND f.account_id > 0 ";

    private const string OfRetained = "SELECT r.account_id, r.folder_path, r.id, r.internal_date, c.summary, c.hash, c.key_number "
        + "FROM store_retained r LEFT JOIN store_contents c ON c.id = r.content_id WHERE r.content_id = @p0 AND r.account_id > 0 ";

    /// <summary>The first places of what has this id, and how many there are.</summary>
    public async Task<(IReadOnlyList<ProblemPlace> Places, long Count)> FindAsync(string kind, long id)
    {
        if (kind.StartsWith("content-", StringComparison.Ordinal))
            return await FindByContentAsync(id);
        List<ProblemPlace> places = kind switch
        {
            "account-sums" => [new ProblemPlace(id)],
            _ when kind.StartsWith("item-", StringComparison.Ordinal) => await database.ReadAsync(
                session => session.QueryAsync(Item + OfItem, row => Read(row, isDeleted: false), id)),
            "gone-and-there" or "account-numbers" or "folder-counters" or "folder-tombstones" or "folder-numbers" or "folder-gaps" or "reader-items"
                or "reader-counters" => await database.ReadAsync(session => session.QueryAsync(
                    "SELECT account_id, path FROM store_folders WHERE id = @p0", row => new ProblemPlace(row.GetInt64(0), row.GetString(1)), id)),
            _ => [],
        };
        return (places, places.Count);
    }

    private ValueTask<(IReadOnlyList<ProblemPlace> Places, long Count)> FindByContentAsync(long id) => database.ReadAsync(async session =>
    {
        List<ProblemPlace> places = await session.QueryAsync(
            $"{Item}{OfContent}ORDER BY f.account_id, f.id, i.uid LIMIT @p1", row => Read(row, isDeleted: false), id, MaxPlaces);
        if (places.Count < MaxPlaces)
        {
            places.AddRange(await session.QueryAsync(
                OfRetained + "ORDER BY r.account_id, r.id LIMIT @p1", row => Read(row, isDeleted: true), id, MaxPlaces - places.Count));
        }
        long count = await session.QueryLongAsync("SELECT count(*) " + OfContent, id)
            + await session.QueryLongAsync("SELECT count(*) FROM store_retained WHERE content_id = @p0 AND account_id > 0", id) ?? 0;
        return ((IReadOnlyList<ProblemPlace>)places, count);
    });

    private ProblemPlace Read(DbDataReader row, bool isDeleted) => new(row.GetInt64(0), row.GetString(1))
    {
        Uid = isDeleted ? 0 : row.GetInt64(2),
        Date = row.GetTime(3),
        Subject = row.IsDBNull(4) ? null : SubjectOf(row.GetFieldValue<byte[]>(4), row.GetFieldValue<byte[]>(5), row.GetInt32(6)),
        IsDeleted = isDeleted,
    };

    // Null where the summary is lost too.
    private string? SubjectOf(byte[] summary, byte[] name, int keyNumber)
    {
        try
        {
            string? subject = PackedSummary.Read(summary, name, keys.Of(keyNumber)).Envelope.Subject;
            string? text = subject is null ? null : MessageText.DecodeHeader(subject);
            return text?.Length > MaxSubject ? text[..MaxSubject] : text;
        }
        catch (ContentException)
        {
            return null;
        }
    }
}
