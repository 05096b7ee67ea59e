using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>A snapshot of the mirror, and the states after it: several commits of the mirror may make one.</summary>
/// <param name="inner">What SQLite gives.</param>
/// <param name="catchUp">Has the mirror take over what is committed now.</param>
/// <param name="close">Told at the end.</param>
internal sealed class MirrorSnapshot(IPageSnapshot inner, Func<Task>? catchUp, Func<MirrorSnapshot, ValueTask> close) : IPageSnapshot
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _last = inner.Time;

    public DateTimeOffset Time => inner.Time;

    public uint PageCount => inner.PageCount;

    public bool IsWhole => !_broken.Task.IsCompleted && inner.IsWhole;

    public int Waiting => _broken.Task.IsCompleted ? 0 : inner.Waiting;

    /// <summary>Whether the states after it are asked for.</summary>
    public bool Follows => catchUp is not null;

    public void Read(uint page, Span<byte> octets) => inner.Read(page, octets);

    public void Release() => inner.Release();

    public PageBatch? Next(int maxPages)
    {
        lock (_lock)
        {
            if (_broken.Task.IsCompleted || inner.Next(maxPages) is not { } batch)
                return null;
            if (MirrorClock.IsAmid(batch.Time))
                return batch with { Time = _last, PageCount = 0 };
            _last = batch.Time;
            return batch;
        }
    }

    public async Task WaitAsync(CancellationToken cancellationToken) =>
        await await Task.WhenAny(inner.WaitAsync(cancellationToken), _broken.Task);

    public async Task CatchUpAsync()
    {
        if (catchUp is null || !IsWhole)
            return;
        await catchUp();
        if (IsWhole)
            await inner.CatchUpAsync();
    }

    /// <summary>From here on the mirror is brought to another state by ways that are no states themselves: nothing of that is given out.</summary>
    public void Break()
    {
        lock (_lock)
            _broken.TrySetResult();
    }

    public ValueTask DisposeAsync() => close(this);

    /// <summary>Lets go of the mirror.</summary>
    public ValueTask CloseAsync()
    {
        Break();
        return inner.DisposeAsync();
    }
}
