using System.Text;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>The fields that the index keeps apart, in the order of its columns.</summary>
internal enum IndexColumn
{
    Subject,
    Sender,
    Recipient,
    Cc,
    Bcc,
    Header,
    Body,
}

/// <summary>What of a content goes into the index: of each column its words and its codes, each once.</summary>
internal sealed class IndexedText
{
    /// <summary>Characters of one message that are indexed. A longer one is always a candidate and verified: few messages are, and
    /// their many odd words would fill the vocabulary.</summary>
    public const int MaxCharacters = 1 << 20;

    /// <summary>Columns.</summary>
    public const int Columns = (int)IndexColumn.Body + 1;

    private readonly HashSet<string>?[] _words = new HashSet<string>?[Columns];
    private readonly HashSet<string>?[] _codes = new HashSet<string>?[Columns];
    private int _left = MaxCharacters;

    /// <summary>Takes the words of a text; null for one that could not be read, which is then always verified.</summary>
    public IndexedText(IndexMark mark, SearchableText? text)
    {
        Mark = mark;
        IsPartial = text is null;
        foreach (FoldedField field in text?.Fields ?? [])
        {
            Add(IndexColumn.Header, field.Name);
            Add(ColumnOf(field.Name), field.Value);
        }
        foreach (string body in text?.Bodies ?? [])
            Add(IndexColumn.Body, body);
    }

    /// <summary>The content.</summary>
    public IndexMark Mark { get; }

    /// <summary>The texts of its attachments, by the place of the part.</summary>
    public IReadOnlyDictionary<long, string> Extracts { get; init; } = new Dictionary<long, string>();

    /// <summary>Whether the text has more than is indexed.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>The words of a column, separated by spaces; null for none.</summary>
    public string? WordsOf(IndexColumn column) => Join(_words[(int)column]);

    /// <summary>The codes of a column, separated by spaces; null for none.</summary>
    public string? CodesOf(IndexColumn column) => Join(_codes[(int)column]);

    /// <summary>The words of a column, each once.</summary>
    public IReadOnlyCollection<string> WordsIn(IndexColumn column) => _words[(int)column] ?? [];

    /// <summary>The codes of a column, each once.</summary>
    public IReadOnlyCollection<string> CodesIn(IndexColumn column) => _codes[(int)column] ?? [];

    /// <summary>Every word once.</summary>
    public IEnumerable<string> Words => _words.Where(words => words is not null).SelectMany(words => words!).Distinct(StringComparer.Ordinal);

    /// <summary>The column of a header field by its folded name.</summary>
    public static IndexColumn ColumnOf(string fieldName) => fieldName switch
    {
        "subject" => IndexColumn.Subject,
        "from" => IndexColumn.Sender,
        "to" => IndexColumn.Recipient,
        "cc" => IndexColumn.Cc,
        "bcc" => IndexColumn.Bcc,
        _ => IndexColumn.Header,
    };

    private void Add(IndexColumn column, string text)
    {
        if (text.Length > _left)
            IsPartial = true;
        ReadOnlySpan<char> taken = text.AsSpan(0, Math.Min(text.Length, _left));
        _left -= taken.Length;
        var runs = new Runs(taken);
        while (runs.MoveNext())
        {
            Run run = runs.Current;
            // A run that was cut off is another word.
            if (run.End == taken.Length && taken.Length < text.Length)
                return;
            ReadOnlySpan<char> found = taken.Slice(run.Start, run.Length);
            HashSet<string> set = (Runs.IsCode(found) ? _codes : _words)[(int)column] ??= new HashSet<string>(StringComparer.Ordinal);
            // A string is made only for a word that is new in this message.
            set.GetAlternateLookup<ReadOnlySpan<char>>().Add(found);
        }
    }

    private static string? Join(HashSet<string>? runs) => runs is null ? null : new StringBuilder().AppendJoin(' ', runs).ToString();
}
