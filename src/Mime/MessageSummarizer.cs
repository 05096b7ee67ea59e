using System.Buffers;

namespace UnifiedMsg.Mime;

/// <summary>
/// Computes the summary of a message: envelope, body structure with the exact place of every part, preview. Any octets have
/// a summary; what is broken is described by the defaults of RFC 2045 §5.2. The limits are in <see cref="SummaryLimits"/>.
/// </summary>
public static class MessageSummarizer
{
    // Boundaries and header lines must fit; more only spares reads.
    private const int BufferSize = 64 * 1024;

    /// <summary>The summary of a message in memory.</summary>
    public static MessageSummary Summarize(ReadOnlyMemory<byte> message)
    {
        var reader = new StructureReader(new LineScanner(message.Span));
        var body = reader.ReadMessage(out var envelope);
        var text = PreviewText.Choose(body);
        if (text is null) return new MessageSummary(envelope, body, "");
        var octets = message.Slice((int)text.BodyOffset, (int)Math.Min(text.BodyLength, SummaryLimits.PreviewOctets));
        return new MessageSummary(envelope, body, PreviewText.Read(text, octets.Span));
    }

    /// <summary>The summary of a message in a seekable stream, which is read once from its beginning through a buffer of 64 KiB.</summary>
    public static MessageSummary Summarize(Stream message)
    {
        message.Position = 0;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var reader = new StructureReader(new LineScanner(message, buffer));
            var body = reader.ReadMessage(out var envelope);
            var text = PreviewText.Choose(body);
            if (text is null) return new MessageSummary(envelope, body, "");
            message.Position = text.BodyOffset;
            var octets = buffer.AsSpan(0, (int)Math.Min(text.BodyLength, SummaryLimits.PreviewOctets));
            var read = message.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return new MessageSummary(envelope, body, PreviewText.Read(text, octets[..read]));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
