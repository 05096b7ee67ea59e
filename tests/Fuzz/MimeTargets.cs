using UnifiedMsg.Mime;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the message summary.</summary>
public static class MimeTargets
{
    /// <summary>The target: the summary's parts must lie within the message and survive their stored form.</summary>
    public static void Summary(ReadOnlySpan<byte> input)
    {
        var summary = MessageSummarizer.Summarize(input.ToArray());
        Check(summary.Body, 0, input.Length);
        var stored = MessageSummaryCodec.Encode(summary);
        if (!stored.AsSpan().SequenceEqual(MessageSummaryCodec.Encode(MessageSummaryCodec.Decode(stored))))
            throw new InvalidOperationException("The stored form differs after reading it.");
    }

    /// <summary>The target: a damaged stored summary is refused, not followed.</summary>
    public static void Stored(ReadOnlySpan<byte> input)
    {
        try
        {
            MessageSummaryCodec.Decode(input);
        }
        catch (InvalidDataException)
        {
            // The refusal that is wanted.
        }
    }

    private static void Check(MessagePart part, long from, long to)
    {
        if (part.HeaderOffset < from || part.BodyOffset < part.HeaderOffset || part.BodyLength < 0 || part.BodyOffset + part.BodyLength > to)
            throw new InvalidOperationException($"The part at {part.HeaderOffset} lies outside its parent.");
        foreach (var child in part.Children) Check(child, part.BodyOffset, part.BodyOffset + part.BodyLength);
    }
}
