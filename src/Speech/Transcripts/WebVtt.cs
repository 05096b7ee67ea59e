using System.Text;

namespace UnifiedMsg.Speech.Transcripts;

/// <summary>Writes a transcript as <c>text/vtt</c> (W3C WebVTT): a cue a segment, or one cue when the engine gave no times.</summary>
public static class WebVtt
{
    /// <summary>The file, UTF-8 when it is encoded as the format demands.</summary>
    /// <param name="transcript">What was said.</param>
    /// <param name="duration">How long the recording is.</param>
    public static string Write(Transcript transcript, TimeSpan duration)
    {
        var text = new StringBuilder("WEBVTT\n");
        if (transcript.Segments.Count == 0 && transcript.Text.Length > 0)
            Cue(text, TimeSpan.Zero, duration, transcript.Text);
        foreach (var segment in transcript.Segments)
            Cue(text, segment.Start, segment.End, segment.Text);
        return text.ToString();
    }

    // A cue that ends where it begins would never show.
    private static void Cue(StringBuilder text, TimeSpan start, TimeSpan end, string words)
    {
        var shown = end > start ? end : start + TimeSpan.FromMilliseconds(1);
        text.Append('\n').Append(Time(start)).Append(" --> ").Append(Time(shown)).Append('\n').Append(Escape(words)).Append('\n');
    }

    private static string Time(TimeSpan time) => $"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds:000}";

    // An arrow in the text would begin a cue; escaped, its last sign does not.
    private static string Escape(string words) => words.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
