using System.Globalization;

namespace UnifiedMsg.Speech.Transcripts;

/// <summary>
/// What pocketsphinx_continuous prints with <c>-time yes</c>: for each utterance its text, then a line for each word of it with its start
/// and end in seconds and how sure it is, between the words <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>.
/// </summary>
internal static class PocketSphinxWords
{
    private const string Begin = "<s>";
    private const string End = "</s>";

    /// <summary>The utterances; none when this is not that form.</summary>
    public static List<TranscriptSegment> Read(string text)
    {
        var utterances = new List<TranscriptSegment>();
        TranscriptSegment? utterance = null;
        foreach (var line in text.Split('\n'))
        {
            if (!TryWord(line, out var word))
                continue;
            if (word.Text == Begin)
                utterance = word with { Text = "" };
            else if (utterance is not null && word.Text == End)
                utterances.Add(utterance);
            else if (utterance is not null && !IsNoise(word.Text))
                utterance = utterance.Text.Length == 0 ? word : utterance with { End = word.End, Text = $"{utterance.Text} {word.Text}" };
        }
        return utterances;
    }

    private static bool TryWord(string line, out TranscriptSegment word)
    {
        word = new TranscriptSegment(default, default, "");
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 4 || !TryNumber(parts[1], out var start) || !TryNumber(parts[2], out var end) || !TryNumber(parts[3], out _))
            return false;
        word = new TranscriptSegment(TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(end), Written(parts[0]));
        return true;
    }

    // No message lasts longer than a day; a number that says otherwise is no time.
    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && number is >= 0 and <= 86_400;

    // The dictionary tells pronunciations of one word apart: read, read(2).
    private static string Written(string word) => word.IndexOf('(', StringComparison.Ordinal) is > 0 and var at ? word[..at] : word;

    // <sil>, [NOISE], ++UH++
    private static bool IsNoise(string word) => word[0] is '<' or '[' or '+';
}
