using System.Security.Cryptography;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Verifies every counter, reference and hash of the store. It changes nothing and may run beside the server.</summary>
internal sealed class StoreChecker(IDatabase database, BlobArea blobs)
{
    private const int ContentsPerSnapshot = 100;

    public async Task<StoreReport> CheckAsync(CancellationToken cancellationToken)
    {
        (long folders, long items, List<string> problems) = await database.ReadAsync(CheckRowsAsync, cancellationToken);
        long contents = await CheckContentsAsync(problems, cancellationToken);
        return new StoreReport(folders, items, contents, problems);
    }

    private static async ValueTask<(long Folders, long Items, List<string> Problems)> CheckRowsAsync(IReadSession session)
    {
        var problems = new List<string>();
        foreach (string rule in StoreRules.All)
        {
            List<string> found = await session.QueryAsync(
                rule + " LIMIT @p0", row => row.GetString(0), StoreReport.MaxProblems - problems.Count);
            problems.AddRange(found);
        }
        long? folders = await session.QueryLongAsync("SELECT count(*) FROM store_folders WHERE account_id > 0");
        long? items = await session.QueryLongAsync("SELECT count(*) FROM store_items");
        return (folders!.Value, items!.Value, problems);
    }

    private async Task<long> CheckContentsAsync(List<string> problems, CancellationToken cancellationToken)
    {
        long count = 0;
        List<Row> rows;
        for (long last = 0; (rows = await ReadSomeAsync(last, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach (Row row in rows)
            {
                string? problem = row.Place == ContentPlace.Blob
                    ? await CheckBlobAsync(row, cancellationToken)
                    : CheckOctets(row);
                if (problem is not null && problems.Count < StoreReport.MaxProblems)
                    problems.Add($"content {row.Id}: {problem}");
            }
            count += rows.Count;
        }
        return count;
    }

    // Some at a time, so that no snapshot keeps the log from starting over for as long as hashing everything takes.
    private ValueTask<List<Row>> ReadSomeAsync(long after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT c.id, c.hash, c.size, c.place, b.octets FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id "
            + "WHERE c.id > @p0 AND c.refs > 0 ORDER BY c.id LIMIT @p1",
            row => new Row(
                row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), (ContentPlace)row.GetInt32(3),
                row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4)),
            after, ContentsPerSnapshot),
        cancellationToken);

    // Missing octets are a broken rule between the rows and reported there.
    private static string? CheckOctets(Row row) =>
        row.Octets is null || SHA256.HashData(row.Octets).AsSpan().SequenceEqual(row.Hash) ? null : "its octets have another hash";

    private async Task<string?> CheckBlobAsync(Row row, CancellationToken cancellationToken)
    {
        try
        {
            FileStream file = blobs.OpenRead(row.Hash);
            await using (file)
            {
                if (file.Length != row.Size)
                    return $"its file has {file.Length} octets instead of {row.Size}";
                byte[] found = await SHA256.HashDataAsync(file, cancellationToken);
                return found.AsSpan().SequenceEqual(row.Hash) ? null : "its file has another hash";
            }
        }
        catch (MissingContentException)
        {
            return "its file is missing";
        }
    }

    private sealed record Row(long Id, byte[] Hash, long Size, ContentPlace Place, byte[]? Octets);
}
