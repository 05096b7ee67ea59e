using System.Buffers;
using UnifiedMsg.Delivery.Smtp.Wire;
using UnifiedMsg.Network;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>The message of a DATA command as a forward-only stream, without its dot-stuffing; it ends at the final dot.</summary>
internal sealed class DotStream(LineReader reader) : ForwardStream
{
    private DotDecoder _decoder;

    /// <summary>Whether a line so far ended otherwise than with CR LF.</summary>
    public bool HasBareLineEnd => _decoder.HasBareLineEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_decoder.IsEnd && !buffer.IsEmpty)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.IsEmpty)
                throw new EndOfStreamException("the client closed in the middle of a message");
            var written = Decode(read.Buffer, buffer.Span);
            if (written > 0)
                return written;
        }
        return 0;
    }

    /// <summary>Reads on to the final dot and drops what comes.</summary>
    /// <param name="limit">Octets after which the connection is given up: a client that goes on for so long after a refusal is no mail system.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask DrainAsync(long limit, CancellationToken cancellationToken)
    {
        if (_decoder.IsEnd)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                limit -= read;
                if (limit < 0)
                    throw new IOException("the client goes on sending a message that is far too large");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int Decode(in ReadOnlySequence<byte> input, Span<byte> output)
    {
        long consumed = 0;
        var written = 0;
        foreach (var segment in input)
        {
            _decoder.Decode(segment.Span, output[written..], out var used, out var put);
            consumed += used;
            written += put;
            if (used < segment.Length)
                break;
        }
        var position = input.GetPosition(consumed);
        reader.AdvanceTo(position, position);
        return written;
    }
}
