using System.Globalization;
using System.Text;
using System.Text.Json;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>
/// The keywords of a Maildir folder: the file <c>dovecot-keywords</c> gives the first 26 a letter. Where there are more, a file of ours says which
/// messages have them.
/// </summary>
internal sealed class MaildirKeywords
{
    private const string LetterFile = "dovecot-keywords";
    private const string FurtherFile = "unifiedmsg-keywords.jsonl";
    private const int MaxLetters = 26;
    private const int MaxOctets = 64 << 20; // A line of our file for each message that has more keywords than there are letters.

    private readonly string _folder;
    private readonly SortedDictionary<int, string> _letters = [];
    private readonly Dictionary<string, string[]> _further = [];

    private MaildirKeywords(string folder) => _folder = folder;

    /// <summary>Reads the files of a folder; without them there are none.</summary>
    public static MaildirKeywords Read(string folder)
    {
        var keywords = new MaildirKeywords(folder);
        foreach (string line in Lines(Path.Combine(folder, LetterFile)))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < MaxLetters)
                keywords._letters[number] = line[(space + 1)..].Trim();
        }
        foreach (string line in Lines(Path.Combine(folder, FurtherFile)))
        {
            try
            {
                if (JsonSerializer.Deserialize<Further>(line) is { Name: { } name, Keywords: { } further })
                    keywords._further[name] = further;
            }
            catch (JsonException)
            {
                // The last line may be half written.
            }
        }
        return keywords;
    }

    /// <summary>The keywords of a message.</summary>
    public IReadOnlyList<string> Of(MaildirName name) =>
    [
        .. name.Keywords.Union(name.Letters.Where(_letters.ContainsKey).Select(letter => _letters[letter])).Union(_further.GetValueOrDefault(name.Unique) ?? []),
    ];

    /// <summary>The letters for a message; what has none is written beside. Durable before a name with the letters is.</summary>
    public IReadOnlyList<int> LettersFor(string unique, IReadOnlyList<string> keywords)
    {
        var letters = new List<int>();
        var further = new List<string>();
        bool isNew = false;
        foreach (string keyword in keywords)
        {
            int letter = _letters.Where(each => each.Value == keyword).Select(each => each.Key).FirstOrDefault(-1);
            if (letter < 0 && _letters.Count < MaxLetters)
            {
                letter = Enumerable.Range(0, MaxLetters).First(each => !_letters.ContainsKey(each));
                _letters[letter] = keyword;
                isNew = true;
            }
            // The letter of the standard is written as well, but Dovecot does not know it.
            if (letter >= 0)
                letters.Add(letter);
            else if (!MaildirName.HasLetter(keyword))
                further.Add(keyword);
        }
        if (isNew)
            Replace(LetterFile, string.Concat(_letters.Select(each => $"{each.Key} {each.Value}\n")));
        if (!(_further.GetValueOrDefault(unique) ?? []).SequenceEqual(further))
        {
            _further[unique] = [.. further];
            Replace(FurtherFile, string.Concat(_further.Select(each => JsonSerializer.Serialize(new Further(each.Key, each.Value)) + "\n")));
        }
        return letters;
    }

    private void Replace(string name, string text)
    {
        string temporary = Path.Combine(_folder, name + ".part");
        File.Delete(temporary);
        using (FileStream stream = PrivateFiles.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, Path.Combine(_folder, name), overwrite: true);
        PrivateFiles.SyncDirectory(_folder);
    }

    private static List<string> Lines(string file)
    {
        using FileStream? stream = SourceFiles.TryOpen(file, out _);
        if (stream is null || stream.Length > MaxOctets)
            return [];
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
            lines.Add(line);
        return lines;
    }

    private sealed record Further(string Name, string[] Keywords);
}
