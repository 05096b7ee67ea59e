using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>
/// Appends to one folder in the order of the source: some messages in a unit, one unit on its way while the next messages are read. So the
/// cost of a commit is shared, and a delivery that comes between waits for one short unit only.
/// </summary>
internal sealed class ImportBatches(IStore store, IDatabase database, long sourceId, long folderId, TransferLog log) : IAsyncDisposable
{
    /// <summary>Messages in a unit: the writer is busy with it for some milliseconds.</summary>
    private const int MaxMessages = 64;

    /// <summary>Octets in a unit, which are in memory until it is committed.</summary>
    private const int MaxOctets = 4 << 20;

    // Two at a time could be committed in either order, or one of them after the other was taken apart.
    private Task _unit = Task.CompletedTask;
    private List<StagedMessage> _batch = [];
    private long _octets;

    /// <summary>Takes a message over; it is appended soon.</summary>
    public async ValueTask AddAsync(StagedMessage message, CancellationToken cancellationToken)
    {
        _batch.Add(message);
        _octets += Math.Min(message.Content.Size, MaxOctets / MaxMessages);
        if (_batch.Count == MaxMessages || _octets >= MaxOctets)
            await SendAsync(cancellationToken);
    }

    /// <summary>Completes when all messages are durable.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count > 0)
            await SendAsync(cancellationToken);
        await _unit;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _unit.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAsync(_batch);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _unit;
        _unit = CommitAsync(_batch, cancellationToken);
        (_batch, _octets) = ([], 0);
    }

    private async Task CommitAsync(List<StagedMessage> batch, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await AppendAsync(batch, cancellationToken);
            }
            catch (StoreException) when (batch.Count > 1)
            {
                // One was refused and took the others with it: each for itself.
                foreach (StagedMessage message in batch)
                    await AppendAsync([message], cancellationToken);
            }
        }
        finally
        {
            await ReleaseAsync(batch);
        }
    }

    private async Task AppendAsync(List<StagedMessage> messages, CancellationToken cancellationToken)
    {
        try
        {
            (int count, long octets) = await database.WriteAsync(session => AppendAllAsync(session, messages), cancellationToken);
            log.Transferred(count, octets);
            if (count < messages.Count)
                log.Known(messages.Count - count);
        }
        catch (StoreException refusal) when (messages.Count == 1 && refusal.Error != StoreError.NoSuchFolder)
        {
            log.Refuse(messages[0].Place, refusal.Message);
        }
    }

    private async ValueTask<(int Count, long Octets)> AppendAllAsync(IWriteSession session, List<StagedMessage> messages)
    {
        (int count, long octets) = (0, 0);
        foreach (StagedMessage message in messages)
        {
            if (!await ImportRecord.AddAsync(session, sourceId, message.Key))
                continue;
            await store.AppendAsync(session, folderId, message.Content, message.Item);
            count++;
            octets += message.Content.Size;
        }
        return (count, octets);
    }

    private static async Task ReleaseAsync(List<StagedMessage> messages)
    {
        foreach (StagedMessage message in messages)
            await message.Content.DisposeAsync();
    }
}
