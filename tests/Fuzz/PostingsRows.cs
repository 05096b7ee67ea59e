using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Search.Postings;

namespace UnifiedMsg.Fuzz;

/// <summary>Rows of a search index as octets: each a letter that says of which table, its numbers, and its blobs with their lengths before them.
/// Sums are left out, and made again when the rows are written: what a sum keeps out is seen at once, what gets past it is what is tested.</summary>
internal static class PostingsRows
{
    private const byte Segment = (byte)'s', Content = (byte)'c', Field = (byte)'f', Terms = (byte)'t', Postings = (byte)'p', Places = (byte)'q', Torn = (byte)'x';
    private const int SumLength = 4;

    /// <summary>Reads an index as octets.</summary>
    public static async Task<byte[]> ReadAsync(SideDatabase database)
    {
        var rows = new Octets();
        await database.ReadAsync(async session =>
        {
            await ReadAsync(session, rows, Segment, "SELECT id, first_id, last_id, docs, removed, merging FROM segments", 6, 0);
            await ReadAsync(session, rows, Content, "SELECT content_id, partial FROM docs", 2, 0);
            await ReadAsync(session, rows, Terms, "SELECT list, place, first, terms, docs FROM terms", 2, 3);
            await ReadAsync(session, rows, Postings, "SELECT id >> 32, id & 4294967295, octets FROM postings", 2, 1);
            await ReadAsync(session, rows, Places, "SELECT id >> 32, id & 4294967295, octets FROM positions", 2, 1);
            foreach ((int number, byte[] name) in await session.QueryAsync(
                "SELECT number, CAST(name AS BLOB) FROM fields", row => (row.GetInt32(0), row.GetFieldValue<byte[]>(1))))
            {
                rows.Add(Field);
                rows.AddNumber((uint)number);
                AddBlob(rows, name);
            }
            return 0;
        });
        return rows.Span.ToArray();
    }

    /// <summary>Writes what the octets say, as far as they say anything.</summary>
    public static async Task WriteAsync(IWriteSession session, byte[] octets)
    {
        for (var at = 0; at < octets.Length;)
        {
            var kind = octets[at++];
            switch (kind)
            {
                case Segment when TryNumbers(octets, ref at, 6, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO segments(id, first_id, last_id, docs, removed, merging) VALUES(@p0, @p1, @p2, @p3, @p4, @p5)",
                        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5] & 1);
                    break;
                case Content when TryNumbers(octets, ref at, 2, out var numbers):
                    await session.ExecuteAsync("INSERT OR REPLACE INTO docs(content_id, hash_key, partial) VALUES(@p0, @p0, @p1)", numbers[0], numbers[1]);
                    break;
                case Field when TryNumbers(octets, ref at, 1, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO fields(number, name) VALUES(@p0, @p1)", numbers[0], System.Text.Encoding.UTF8.GetString(Blob(octets, ref at)));
                    break;
                case Terms when TryNumbers(octets, ref at, 2, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO terms(list, place, first, terms, docs) VALUES(@p0, @p1, @p2, @p3, @p4)",
                        numbers[0], numbers[1], Blob(octets, ref at), Sealed(octets, ref at), Sealed(octets, ref at));
                    break;
                case Postings when TryNumbers(octets, ref at, 2, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO postings(id, octets) VALUES(@p0, @p1)", (numbers[0] << 32) | numbers[1], Sealed(octets, ref at));
                    break;
                case Places when TryNumbers(octets, ref at, 2, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO positions(id, octets) VALUES(@p0, @p1)", (numbers[0] << 32) | numbers[1], Sealed(octets, ref at));
                    break;
                case Torn when TryNumbers(octets, ref at, 2, out var numbers):
                    await session.ExecuteAsync(
                        "INSERT OR REPLACE INTO postings(id, octets) VALUES(@p0, @p1)", (numbers[0] << 32) | numbers[1], Blob(octets, ref at));
                    break;
            }
        }
    }

    private static async Task ReadAsync(IReadSession session, Octets rows, byte kind, string sql, int numbers, int blobs)
    {
        var found = await session.QueryAsync(
            sql,
            row => (
                Numbers: Enumerable.Range(0, numbers).Select(i => (uint)row.GetInt64(i)).ToArray(),
                Blobs: Enumerable.Range(numbers, blobs).Select(row.GetFieldValue<byte[]>).ToArray()));
        foreach (var row in found)
        {
            rows.Add(kind);
            foreach (var number in row.Numbers) rows.AddNumber(number);
            for (var i = 0; i < blobs; i++)
            {
                // The first term of a row of terms is no row of ours, and has no sum.
                var isKey = kind == Terms && i == 0;
                AddBlob(rows, isKey ? row.Blobs[i] : row.Blobs[i].AsSpan(..^SumLength));
            }
        }
    }

    private static void AddBlob(Octets rows, ReadOnlySpan<byte> blob)
    {
        rows.AddNumber((uint)blob.Length);
        rows.Add(blob);
    }

    // Numbers of up to five octets; a sixth bit and more of the last one make them large.
    private static bool TryNumbers(byte[] octets, ref int at, int count, out long[] numbers)
    {
        numbers = new long[count];
        for (var i = 0; i < count; i++)
        {
            for (var shift = 0; ; shift += 7)
            {
                if (at == octets.Length) return false;
                var octet = octets[at++];
                numbers[i] |= (long)(octet & 0x7f) << shift;
                if (octet < 0x80 || shift == 56) break;
            }
        }

        return true;
    }

    private static byte[] Blob(byte[] octets, ref int at)
    {
        if (!TryNumbers(octets, ref at, 1, out var length)) return [];
        var blob = octets.AsSpan(at, (int)Math.Min(length[0], octets.Length - at)).ToArray();
        at += blob.Length;
        return blob;
    }

    private static byte[] Sealed(byte[] octets, ref int at)
    {
        var blob = new Octets();
        blob.Add(Blob(octets, ref at));
        return blob.Seal();
    }
}
