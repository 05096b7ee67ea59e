namespace UnifiedMsg.Speech.Transcripts;

/// <summary>What was said.</summary>
/// <param name="Text">All of it, on one line; empty when nothing was understood.</param>
/// <param name="Language">The language as the engine names it, or null.</param>
/// <param name="Segments">Parts with their times; empty when the engine gives none.</param>
/// <param name="Engine">Who understood it, such as <c>whisper-cli</c> or a model's name.</param>
public sealed record Transcript(string Text, string? Language, IReadOnlyList<TranscriptSegment> Segments, string Engine)
{
    /// <summary>A transcript of segments.</summary>
    public static Transcript Of(IEnumerable<TranscriptSegment> segments, string? language, string engine)
    {
        var kept = segments.Select(segment => segment with { Text = OneLine(segment.Text) }).Where(segment => segment.Text.Length > 0).ToList();
        return new Transcript(string.Join(' ', kept.Select(segment => segment.Text)), language, kept, engine);
    }

    /// <summary>A transcript without times.</summary>
    public static Transcript Of(string text, string? language, string engine) => new(OneLine(text), language, [], engine);

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>A part of a transcript.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="End">When it ends.</param>
/// <param name="Text">What was said.</param>
public sealed record TranscriptSegment(TimeSpan Start, TimeSpan End, string Text);
