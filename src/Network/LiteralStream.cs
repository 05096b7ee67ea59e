using System.Buffers;

namespace UnifiedMsg.Network;

/// <summary>A counted run of octets of a connection as a forward-only stream. It ends after exactly its length.</summary>
public sealed class LiteralStream : Stream
{
    private readonly LineReader _reader;

    internal LiteralStream(LineReader reader, long length)
    {
        _reader = reader;
        Length = length;
        Remaining = length;
    }

    /// <summary>Octets still to come.</summary>
    public long Remaining { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Octets in all.</summary>
    public override long Length { get; }

    /// <inheritdoc/>
    public override long Position { get => Length - Remaining; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="EndOfStreamException">The peer closed before the end.</exception>
    /// <exception cref="TimeoutException">Nothing came within the reader's time-out.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Remaining == 0 || buffer.Length == 0)
            return 0;
        var read = await ReadSomeAsync(cancellationToken);
        var take = read.Slice(0, Math.Min(read.Length, Math.Min(buffer.Length, Remaining)));
        take.CopyTo(buffer.Span);
        // Taken before the advance: after it the segments belong to the pipe again and the sequence's length means nothing.
        var length = (int)take.Length;
        Consume(take);
        return length;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads what is left and drops it.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        while (Remaining > 0)
        {
            var read = await ReadSomeAsync(cancellationToken);
            Consume(read.Slice(0, Math.Min(read.Length, Remaining)));
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is written here.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<ReadOnlySequence<byte>> ReadSomeAsync(CancellationToken cancellationToken)
    {
        var read = await _reader.ReadAsync(cancellationToken);
        if (!read.Buffer.IsEmpty)
            return read.Buffer;
        _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        throw new EndOfStreamException("the peer closed in the middle of counted octets");
    }

    private void Consume(in ReadOnlySequence<byte> taken)
    {
        Remaining -= taken.Length;
        _reader.AdvanceTo(taken.End, taken.End);
    }
}
