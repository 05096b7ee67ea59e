using System.Text;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Makes a segment of texts.</summary>
internal sealed class SegmentBuilder(long firstId, FieldNumbers fields)
{
    private const int Gram = 3;

    private readonly InvertedList _words = new(hasPlaces: true);
    private readonly InvertedList _codes = new(hasPlaces: false);
    private readonly uint[] _next = new uint[FieldNumbers.Count];
    private readonly List<int> _used = [];

    /// <summary>Adds a text; false when it has more runs than can be numbered, so that it must always be verified.</summary>
    public bool Add(IndexedText text)
    {
        uint doc = (uint)(text.Mark.ContentId - firstId);
        bool whole = true;
        foreach (IndexedPiece piece in text.Pieces)
            whole &= Add(piece, fields.Take(piece), doc);
        foreach (int field in _used)
            _next[field] = 0;
        _used.Clear();
        return whole;
    }

    /// <summary>Writes the two lists of the segment.</summary>
    public async ValueTask WriteAsync(IWriteSession session, long segment)
    {
        await _words.WriteAsync(session, segment * 2);
        await _codes.WriteAsync(session, (segment * 2) + 1);
    }

    /// <summary>The places at which trigrams of a code begin, with their lengths: of two characters or less there are none.</summary>
    public static IEnumerable<(int Start, int Length)> GramsOf(string code)
    {
        int[] starts = new int[Gram];
        int count = 0;
        for (int at = 0; at < code.Length;)
        {
            starts[count++ % Gram] = at;
            at += char.IsHighSurrogate(code[at]) && at + 1 < code.Length ? 2 : 1;
            if (count >= Gram)
                yield return (starts[count % Gram], at - starts[count % Gram]);
        }
    }

    private bool Add(IndexedPiece piece, int field, uint doc)
    {
        ReadOnlySpan<char> text = piece.Text.Span;
        uint place = _next[field];
        if (place == 0)
            _used.Add(field);
        if (piece.Kind == PieceKind.Value)
            _words.Add(PostingsSchema.AnyValue, field, doc, place++);
        var runs = new Runs(text);
        for (int end = 0; runs.MoveNext(); end = runs.Current.End)
        {
            if (place >= Places.Max - 2)
            {
                // What comes after it in the field has no place either, and none before what is there.
                _next[field] = place;
                return false;
            }
            ReadOnlySpan<char> run = text.Slice(runs.Current.Start, runs.Current.Length);
            int separator = Separators.Find(text[end..runs.Current.Start]);
            if (Runs.IsCode(run))
            {
                _words.Add(PostingsSchema.AnyCode, field, doc, place, separator);
                AddCode(run, field, doc);
            }
            else
            {
                _words.Add(run, field, doc, place, separator);
            }
            place++;
        }
        _next[field] = place + 1; // What is in two texts is not side by side.
        return true;
    }

    private void AddCode(ReadOnlySpan<char> code, int field, uint doc)
    {
        if (!Ascii.IsValid(code))
        {
            foreach ((int start, int length) in GramsOf(code.ToString()))
                _codes.Add(code.Slice(start, length), field, doc);
            return;
        }
        for (int i = 0; i + Gram <= code.Length; i++)
            _codes.Add(code.Slice(i, Gram), field, doc);
    }
}
