using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Threads;

/// <summary>
/// Gives threads to items that were stored before there were any, the oldest first, in small units. How far it came is recorded with
/// each, so that a stop costs nothing.
/// </summary>
internal sealed partial class ThreadBackfill(IDatabase database, ContentReader contents, ILogger logger, TimeProvider time)
{
    private const int ItemsPerUnit = 100;
    private const int UnitsPerTurn = 50;
    private const int MaxHeader = 64 << 10;
    private const string Counter = "threads";

    // How often the log tells how far it is.
    private static readonly TimeSpan Pulse = TimeSpan.FromMinutes(1);

    private volatile BackfillStatus? _status;
    private long _lastTold;

    /// <summary>How far it is; null before it began and when there is nothing to do.</summary>
    public BackfillStatus? Status => _status;

    /// <summary>Works on for a while; true when there is more to do, so that other chores get their turn between.</summary>
    public async Task<bool> RunSomeAsync(CancellationToken cancellationToken)
    {
        long done = await database.ReadAsync(
            session => session.QueryLongAsync("SELECT value FROM store_counters WHERE name = @p0", Counter), cancellationToken) ?? 0;
        for (int unit = 0; unit < UnitsPerTurn && done < long.MaxValue; unit++)
        {
            List<Candidate> candidates = await ReadSomeAsync(done, cancellationToken);
            var found = new List<(Candidate Item, long[] Keys)>(candidates.Count);
            foreach (Candidate candidate in candidates)
                found.Add((candidate, await ReadKeysAsync(candidate.Id, cancellationToken)));
            // Whatever comes from now on has its thread when it comes.
            done = candidates.Count < ItemsPerUnit ? long.MaxValue : candidates[^1].Id;
            long reached = done;
            await database.WriteLargeAsync(session => AssignAsync(session, found, reached), cancellationToken);
            await TellAsync(done, cancellationToken);
        }
        return done < long.MaxValue;
    }

    private async Task TellAsync(long done, CancellationToken cancellationToken)
    {
        if (done == long.MaxValue)
        {
            if (_status is not null)
                Log.Ended(logger);
            _status = null;
            return;
        }
        long last = await database.ReadAsync(session => session.QueryLongAsync("SELECT max(id) FROM store_items"), cancellationToken) ?? done;
        bool begins = _status is null;
        _status = new BackfillStatus("threads of the messages from before there were any", (int)(100 * (Math.Min(done, last) / (double)last)));
        if (!begins && time.GetElapsedTime(_lastTold) < Pulse)
            return;
        _lastTold = time.GetTimestamp();
        Log.GoesOn(logger, _status.Percent);
    }

    private ValueTask<List<Candidate>> ReadSomeAsync(long after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT i.id, f.account_id FROM store_items i JOIN store_folders f ON f.id = i.folder_id "
            + "WHERE i.id > @p0 AND i.thread_id IS NULL ORDER BY i.id LIMIT @p1",
            row => new Candidate(row.GetInt64(0), row.GetInt64(1)), after, ItemsPerUnit),
        cancellationToken);

    private async Task<long[]> ReadKeysAsync(long itemId, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream? content = await contents.OpenAsync(itemId, cancellationToken);
            if (content is null)
                return [];
            byte[] start = new byte[Math.Min(content.Length, MaxHeader)];
            int read = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
            var header = new HeaderBlock(start.AsMemory(0, read));
            return ThreadKeys.Of(
                header.Find("Subject"u8), header.Find("Message-ID"u8), header.Find("In-Reply-To"u8), header.Find("References"u8));
        }
        catch (ContentException damage) when (damage is MissingContentException or DamagedContentException)
        {
            // Here it is a message of which nothing is known.
            contents.Report(damage);
            return [];
        }
    }

    private static async ValueTask<int> AssignAsync(IWriteSession session, List<(Candidate Item, long[] Keys)> found, long reached)
    {
        // A message that comes at this moment begins no thread beside that of the item that it answers.
        await AccountLock.TakeAllAsync(session, found.Select(each => each.Item.AccountId));
        foreach ((Candidate item, long[] keys) in found)
        {
            // Items of removed folders are on their way out.
            if (item.AccountId <= 0)
                continue;
            long thread = await ThreadTable.AssignAsync(session, item.AccountId, keys, item.Id);
            await session.ExecuteAsync("UPDATE store_items SET thread_id = @p1 WHERE id = @p0 AND thread_id IS NULL", item.Id, thread);
        }
        return await session.ExecuteAsync(
            "INSERT INTO store_counters(name, value) VALUES(@p0, @p1) ON CONFLICT(name) DO UPDATE SET value = @p1", Counter, reached);
    }

    private sealed record Candidate(long Id, long AccountId);

    private static partial class Log
    {
        [LoggerMessage(6040, LogLevel.Information, "Messages from before there were threads get theirs beside the work: {Percent} % done")]
        public static partial void GoesOn(ILogger logger, int percent);

        [LoggerMessage(6041, LogLevel.Information, "All messages from before there were threads have theirs")]
        public static partial void Ended(ILogger logger);
    }
}
