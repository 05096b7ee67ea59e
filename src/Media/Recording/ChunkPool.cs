namespace UnifiedMsg.Media.Recording;

/// <summary>
/// Buffers of one length, used again. Chunks are taken by the threads that receive and given back by the one that writes, which the pools
/// of .NET, made for one thread that does both, answer with new buffers.
/// </summary>
internal sealed class ChunkPool(int length)
{
    // What a stall of the disk piled up is kept for the next one up to this many bytes.
    private const int MostKept = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _kept = new();

    public int Length => length;

    public byte[] Take()
    {
        lock (_gate)
        {
            if (_kept.TryPop(out var chunk))
                return chunk;
        }
        return GC.AllocateUninitializedArray<byte>(length);
    }

    public void Return(byte[] chunk)
    {
        lock (_gate)
        {
            if ((long)_kept.Count * length < MostKept)
                _kept.Push(chunk);
        }
    }
}
