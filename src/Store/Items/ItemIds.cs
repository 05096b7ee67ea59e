using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Items;

/// <summary>
/// Gives items their ids, which are never used again. A block is reserved in the database at a time; what is left of it at a
/// stop is skipped.
/// </summary>
internal sealed class ItemIds
{
    private const int Block = 1000;

    private readonly Lock _lock = new();
    private long _next;
    private long _end;

    /// <summary>The first of so many ids in a row.</summary>
    public async ValueTask<long> TakeAsync(IWriteSession session, int count)
    {
        lock (_lock)
        {
            if (_next + count <= _end)
            {
                _next += count;
                return _next - count;
            }
        }
        long end = (await session.QueryLongAsync(
            "INSERT INTO store_counters(name, value) VALUES('item', 1 + @p0) "
            + "ON CONFLICT(name) DO UPDATE SET value = store_counters.value + @p0 RETURNING value",
            Block + count))!.Value;
        // Other units may use the block only once its reservation can't be undone any more.
        session.OnCommitted(() => Adopt(end - Block, end));
        return end - Block - count;
    }

    private void Adopt(long next, long end)
    {
        lock (_lock)
        {
            _next = next;
            _end = end;
        }
    }
}
