using System.Globalization;
using System.Text.Json;

namespace UnifiedMsg.Speech.Transcripts;

/// <summary>
/// Reads what programs give out, told by its content: the JSON of whisper-cli (<c>-oj</c>) or of OpenAI's whisper, WebVTT, SubRip, the
/// words of PocketSphinx with their times (<c>-time yes</c>), or plain text.
/// </summary>
public static class TranscriptReader
{
    /// <summary>Reads it; what is none of the known forms is text.</summary>
    /// <param name="output">What the program gave out.</param>
    /// <param name="engine">The program.</param>
    public static Transcript Read(string output, string engine)
    {
        var text = output.Trim().TrimStart('\uFEFF');
        if (text.StartsWith('{') && ReadJson(text, engine) is { } transcript)
            return transcript;
        if (ReadCues(text) is { Count: > 0 } cues)
            return Transcript.Of(cues, null, engine);
        return PocketSphinxWords.Read(text) is { Count: > 0 } utterances ? Transcript.Of(utterances, null, engine) : Transcript.Of(text, null, engine);
    }

    private static Transcript? ReadJson(string text, string engine)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.TryGetProperty("transcription", out var parts) && parts.ValueKind == JsonValueKind.Array)
            {
                var language = root.TryGetProperty("result", out var result) ? String(result, "language") : null;
                return Transcript.Of(parts.EnumerateArray().Select(FromWhisperCpp), language, engine);
            }
            if (root.TryGetProperty("segments", out parts) && parts.ValueKind == JsonValueKind.Array && parts.GetArrayLength() > 0)
                return Transcript.Of(parts.EnumerateArray().Select(FromWhisper), String(root, "language"), engine);
            return String(root, "text") is { } whole ? Transcript.Of(whole, String(root, "language"), engine) : null;
        }
        catch (JsonException)
        {
            // It only began like JSON; then it is text.
            return null;
        }
    }

    // whisper.cpp: offsets in milliseconds.
    private static TranscriptSegment FromWhisperCpp(JsonElement part)
    {
        var known = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("offsets", out var offsets) ? offsets : default;
        return new TranscriptSegment(Time(Number(known, "from") / 1000), Time(Number(known, "to") / 1000), String(part, "text") ?? "");
    }

    // OpenAI's whisper: seconds.
    private static TranscriptSegment FromWhisper(JsonElement part) =>
        new(Time(Number(part, "start")), Time(Number(part, "end")), String(part, "text") ?? "");

    private static string? String(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    private static double Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var number) ? number : 0;

    // No message lasts longer than a day; a number that says otherwise is no time.
    private static TimeSpan Time(double seconds) => TimeSpan.FromSeconds(double.IsFinite(seconds) ? Math.Clamp(seconds, 0, 86_400) : 0);

    // WebVTT and SubRip alike: a line with an arrow between two times, text up to an empty line.
    private static List<TranscriptSegment> ReadCues(string text)
    {
        var cues = new List<TranscriptSegment>();
        TranscriptSegment? cue = null;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (TryTimes(line, out var start, out var end))
            {
                Keep(cues, cue);
                cue = new TranscriptSegment(start, end, "");
            }
            else if (line.Length == 0)
            {
                Keep(cues, cue);
                cue = null;
            }
            else if (cue is not null)
            {
                cue = cue with { Text = $"{cue.Text} {line}" };
            }
        }
        Keep(cues, cue);
        return cues;
    }

    private static void Keep(List<TranscriptSegment> cues, TranscriptSegment? cue)
    {
        if (cue is not null)
            cues.Add(cue);
    }

    private static bool TryTimes(string line, out TimeSpan start, out TimeSpan end)
    {
        start = end = default;
        var arrow = line.IndexOf("-->", StringComparison.Ordinal);
        return arrow > 0 && TryTime(line[..arrow].Trim(), out start) && TryTime(line[(arrow + 3)..].Trim().Split(' ')[0], out end);
    }

    // [hh:]mm:ss.mmm, with a comma in SubRip
    private static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        var seconds = 0.0;
        var parts = text.Replace(',', '.').Split(':');
        if (parts.Length is < 2 or > 3)
            return false;
        foreach (var part in parts)
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
                return false;
            seconds = seconds * 60 + value;
        }
        time = Time(seconds);
        return true;
    }
}
