using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Store.Tests;

/// <summary>Hears how a backup stands.</summary>
internal sealed class BackupFollower
{
    private readonly Lock _lock = new();
    private BackupStatus? _last;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Hear(BackupStatus status)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            (_last, changed, _changed) = (status, _changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
    }

    public Task UntilAsync(Predicate<BackupStatus> wanted) => PassAsync(null, wanted);

    /// <summary>Waits, and lets time pass where that is what it waits for.</summary>
    public async Task PassAsync(Microsoft.Extensions.Time.Testing.FakeTimeProvider? time, Predicate<BackupStatus> wanted)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_last is not null && wanted(_last))
                    return;
                changed = _changed.Task;
            }
            time?.Advance(TimeSpan.FromSeconds(1));
            guard.Token.ThrowIfCancellationRequested();
            await Task.WhenAny(changed, Task.Delay(20, guard.Token));
        }
    }
}

/// <summary>The folder of a backup.</summary>
internal sealed class BackupFolder : IDisposable
{
    public string Path { get; } = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;

    public string Copy()
    {
        string copy = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        foreach (string file in System.IO.Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (System.IO.Path.GetFileName(file) == "lock")
                continue;
            string target = System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(Path, file));
            System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    public void Dispose() => System.IO.Directory.Delete(Path, recursive: true);
}
