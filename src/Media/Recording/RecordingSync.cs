using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Media.Recording;

/// <summary>
/// Syncs the recordings that have grown, all of them each interval, apart from the thread that writes: what is spoken while a busy disk
/// syncs is written all the same.
/// </summary>
internal sealed partial class RecordingSync : IDisposable
{
    // A sync of one file waits for the journal of the file system and for the cache of the disk, a fraction of a millisecond to some
    // milliseconds. Beyond this many files one sync of the whole file system takes less than theirs in turn.
    private const int MostOneByOne = 64;

    private readonly Lock _gate = new();
    private readonly Lock _syncing = new();
    private readonly ITimer _timer;
    private List<RecordingWriter> _changed = [];
    private List<RecordingWriter> _spare = [];

    public RecordingSync(TimeSpan interval, TimeProvider time) => _timer = time.CreateTimer(_ => Sync(), null, interval, interval);

    /// <summary>The recording has grown and is not in the list yet; it is marked as such by the caller.</summary>
    public void Changed(RecordingWriter recording)
    {
        lock (_gate)
            _changed.Add(recording);
    }

    public void Dispose() => _timer.Dispose();

    private void Sync()
    {
        // A disk that needs longer than the interval is not asked twice at once: what has grown meanwhile is taken the next time.
        if (!_syncing.TryEnter())
            return;
        try
        {
            lock (_gate)
                (_changed, _spare) = (_spare, _changed);
            foreach (var recording in _spare)
                recording.SyncBegins();
            if (_spare.Count <= MostOneByOne || !SyncFileSystem(_spare))
                _spare.ForEach(recording => recording.Sync());
            _spare.Clear();
        }
        finally
        {
            _syncing.Exit();
        }
    }

    // Recordings are in one folder, so on one file system. When it fails, the syncs of the single files tell whose data is lost.
    private static bool SyncFileSystem(List<RecordingWriter> recordings)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        foreach (var recording in recordings)
        {
            try
            {
                return SyncFileSystem(recording.File) == 0;
            }
            catch (ObjectDisposedException)
            {
                // Completed and synced meanwhile.
            }
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "syncfs")]
    private static partial int SyncFileSystem(SafeFileHandle anyFile);
}
