using UnifiedMsg.Database;

namespace UnifiedMsg.Voicemail.Spool;

/// <summary>Which calls have their message in a mailbox: what makes a delivery happen once although spool and database can't be
/// changed in one step.</summary>
/// <param name="database">Where it is kept.</param>
/// <param name="node">The server whose spool it is about; others may share the database.</param>
internal sealed class DeliveredCalls(IDatabase database, string node)
{
    /// <summary>Marks a call within the unit that delivers its message. A second delivery of the same call fails on the key.</summary>
    public async ValueTask MarkAsync(IWriteSession session, string id) =>
        await session.ExecuteAsync("INSERT INTO voicemail_delivered (call_id, node) VALUES (@p0, @p1)", id, node);

    /// <summary>Whether the call was delivered.</summary>
    public async Task<bool> ContainsAsync(string id, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            session => session.QueryLongAsync("SELECT 1 FROM voicemail_delivered WHERE call_id = @p0", id), cancellationToken) is not null;

    /// <summary>Forgets the marks of calls that are no longer in the spool. Only right while no call is being taken.</summary>
    public async Task ForgetAllButAsync(IEnumerable<string> spooled, CancellationToken cancellationToken)
    {
        var keep = spooled.ToHashSet(StringComparer.Ordinal);
        await database.WriteAsync(
            async session =>
            {
                var marked = await session.QueryAsync("SELECT call_id FROM voicemail_delivered WHERE node = @p0", row => row.GetString(0), node);
                foreach (var id in marked.Where(id => !keep.Contains(id)))
                    await session.ExecuteAsync("DELETE FROM voicemail_delivered WHERE call_id = @p0", id);
                return 0;
            },
            cancellationToken);
    }
}
