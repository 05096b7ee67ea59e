using System.IO.Pipelines;

namespace UnifiedMsg.Network;

/// <summary>A duplex pipe as the stream that <see cref="System.Net.Security.SslStream"/> wants beneath it. Disposing it leaves the pipe alone.</summary>
internal sealed class DuplexPipeStream(IDuplexPipe pipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await pipe.Input.ReadAsync(cancellationToken);
        if (result.IsCanceled)
            throw new OperationCanceledException();
        // An empty buffer only waits for octets: so SslStream holds no buffer while a connection is idle.
        var take = result.Buffer.Slice(0, Math.Min(buffer.Length, result.Buffer.Length));
        var written = 0;
        foreach (var segment in take)
        {
            segment.CopyTo(buffer[written..]);
            written += segment.Length;
        }
        pipe.Input.AdvanceTo(take.End);
        return written;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // The token is not heeded: what comes here is counted already (RFC 8446 §5.3), so a record that is left out makes all that follow
    // unreadable to the peer. A peer that does not read is cut off instead, by the time-out of the write or at the end of the drain.
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await pipe.Output.WriteAsync(buffer, CancellationToken.None);
        if (result.IsCompleted)
            throw new IOException("the peer has closed the connection");
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
        // Each write flushes the pipe.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
