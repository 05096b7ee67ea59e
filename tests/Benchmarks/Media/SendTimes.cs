using System.IO.MemoryMappedFiles;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>
/// When the last packets of each call were sent, in memory that the sender and the measured process share: so the delay of a packet is known
/// without a word of it in the packet, whatever codec or cipher it went through.
/// </summary>
internal sealed unsafe class SendTimes : IDisposable
{
    // More than a second of packets: one that comes later was waiting for longer than any aim.
    private const int Kept = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _times;

    private SendTimes(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _times = (long*)start;
    }

    public static SendTimes Create(string path, int calls) =>
        new(MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, (long)calls * Kept * sizeof(long)));

    public static SendTimes Open(string path) => new(MemoryMappedFile.CreateFromFile(path, FileMode.Open));

    /// <summary>The moment at which a packet of a call was sent, as <see cref="System.Diagnostics.Stopwatch"/> counts.</summary>
    public long this[int call, long packet]
    {
        get => Volatile.Read(ref _times[call * Kept + packet % Kept]);
        set => Volatile.Write(ref _times[call * Kept + packet % Kept], value);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
