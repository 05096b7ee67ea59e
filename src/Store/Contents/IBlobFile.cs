using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Store.Contents;

/// <summary>Octets that can be read at any place.</summary>
internal interface IBlobFile : IDisposable
{
    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>Reads as many as there are from a place; 0 only past the end.</summary>
    int Read(Span<byte> octets, long offset);

    /// <summary>The same without holding a thread.</summary>
    ValueTask<int> ReadAsync(Memory<byte> octets, long offset, CancellationToken cancellationToken);
}

/// <summary>An open file.</summary>
/// <param name="handle">The file.</param>
/// <param name="ownsHandle">Whether it is closed with this.</param>
internal sealed class BlobFile(SafeFileHandle handle, bool ownsHandle) : IBlobFile
{
    private long _octetsRead;

    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>How many octets were read so far.</summary>
    public long OctetsRead => Interlocked.Read(ref _octetsRead);

    public int Read(Span<byte> octets, long offset) => Count(RandomAccess.Read(handle, octets, offset));

    public async ValueTask<int> ReadAsync(Memory<byte> octets, long offset, CancellationToken cancellationToken) =>
        Count(await RandomAccess.ReadAsync(handle, octets, offset, cancellationToken));

    public void Dispose()
    {
        if (ownsHandle)
            handle.Dispose();
    }

    private int Count(int read)
    {
        Interlocked.Add(ref _octetsRead, read);
        return read;
    }
}
