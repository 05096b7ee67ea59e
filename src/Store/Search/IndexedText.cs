using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>The fields by which an index of words may part a message.</summary>
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

/// <summary>What a piece of text is.</summary>
internal enum PieceKind
{
    /// <summary>The text of a part, a header line of an attached message, a file name.</summary>
    Body,

    /// <summary>The name of a header field.</summary>
    Name,

    /// <summary>The value of a header field.</summary>
    Value,
}

/// <summary>A text within which a needle may be found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="FieldName">The folded name of the header field; empty for a body.</param>
/// <param name="Text">The folded text, in whole runs.</param>
internal readonly record struct IndexedPiece(PieceKind Kind, string FieldName, ReadOnlyMemory<char> Text);

/// <summary>What of a content goes into the index.</summary>
internal sealed class IndexedText
{
    /// <summary>Characters of one message that are indexed. A longer one is always a candidate and verified: few messages are, and
    /// their many odd words would fill the vocabulary.</summary>
    public const int MaxCharacters = 1 << 20;

    /// <summary>Columns.</summary>
    public const int Columns = (int)IndexColumn.Body + 1;

    private readonly List<IndexedPiece> _pieces = [];
    private readonly Lazy<(HashSet<string>?[] Words, HashSet<string>?[] Codes)> _sets;
    private int _left = MaxCharacters;

    /// <summary>Takes a text; null for one that could not be read, which is then always verified.</summary>
    public IndexedText(IndexMark mark, SearchableText? text)
    {
        Mark = mark;
        IsPartial = text is null;
        _sets = new(MakeSets);
        foreach (FoldedField field in text?.Fields ?? [])
        {
            Add(PieceKind.Name, field.Name, field.Name);
            Add(PieceKind.Value, field.Name, field.Value);
        }
        foreach (string body in text?.Bodies ?? [])
            Add(PieceKind.Body, "", body);
    }

    /// <summary>The content.</summary>
    public IndexMark Mark { get; }

    /// <summary>The texts of its attachments, by the place of the part.</summary>
    public IReadOnlyDictionary<long, string> Extracts { get; init; } = new Dictionary<long, string>();

    /// <summary>Whether the text has more than is indexed.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Its texts, in their order.</summary>
    public IReadOnlyList<IndexedPiece> Pieces => _pieces;

    /// <summary>The words of a column, each once.</summary>
    public IReadOnlyCollection<string> WordsIn(IndexColumn column) => _sets.Value.Words[(int)column] ?? [];

    /// <summary>The codes of a column, each once.</summary>
    public IReadOnlyCollection<string> CodesIn(IndexColumn column) => _sets.Value.Codes[(int)column] ?? [];

    /// <summary>Every word once.</summary>
    public IEnumerable<string> Words => _sets.Value.Words.Where(words => words is not null).SelectMany(words => words!).Distinct(StringComparer.Ordinal);

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

    /// <summary>The column of a text.</summary>
    public static IndexColumn ColumnOf(IndexedPiece piece) => piece.Kind switch
    {
        PieceKind.Body => IndexColumn.Body,
        PieceKind.Name => IndexColumn.Header,
        _ => ColumnOf(piece.FieldName),
    };

    private void Add(PieceKind kind, string fieldName, string text)
    {
        if (text.Length <= _left)
        {
            _left -= text.Length;
            _pieces.Add(new IndexedPiece(kind, fieldName, text.AsMemory()));
            return;
        }
        IsPartial = true;
        // A run that was cut off is another word, and half of a surrogate pair another character.
        int cut = _left > 0 && char.IsHighSurrogate(text[_left - 1]) ? _left - 1 : _left;
        int end = 0;
        var runs = new Runs(text.AsSpan(0, cut));
        while (runs.MoveNext())
            end = runs.Current.End < cut ? runs.Current.End : end;
        _left = 0;
        if (end > 0)
            _pieces.Add(new IndexedPiece(kind, fieldName, text.AsMemory(0, end)));
    }

    private (HashSet<string>?[] Words, HashSet<string>?[] Codes) MakeSets()
    {
        (HashSet<string>?[] Words, HashSet<string>?[] Codes) sets = (new HashSet<string>?[Columns], new HashSet<string>?[Columns]);
        foreach (IndexedPiece piece in _pieces)
        {
            IndexColumn column = ColumnOf(piece);
            var runs = new Runs(piece.Text.Span);
            while (runs.MoveNext())
            {
                ReadOnlySpan<char> found = piece.Text.Span.Slice(runs.Current.Start, runs.Current.Length);
                HashSet<string> set = (Runs.IsCode(found) ? sets.Codes : sets.Words)[(int)column] ??= new HashSet<string>(StringComparer.Ordinal);
                // A string is made only for a word that is new in this message.
                set.GetAlternateLookup<ReadOnlySpan<char>>().Add(found);
            }
        }
        return sets;
    }
}
