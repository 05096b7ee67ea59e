namespace UnifiedMsg.Store.Search.Texts;

/// <summary>A text condition made ready: folded, cut into runs, with where it is to be looked for.</summary>
internal sealed class Needle
{
    private readonly SearchMatch _match;

    public Needle(TextQuery query)
    {
        Query = query;
        Folded = Folding.Fold(query.Text);
        Runs = Texts.Runs.Of(Folded);
        // Words out of separators alone are compared as they are.
        _match = Runs.Count == 0 ? SearchMatch.Substring : query.Match;
        FieldName = query.Field switch
        {
            SearchField.Text or SearchField.Body => null,
            SearchField.Header => Folding.Fold(query.HeaderName),
            _ => query.Field.ToString().ToLowerInvariant(),
        };
    }

    /// <summary>The condition.</summary>
    public TextQuery Query { get; }

    /// <summary>The folded text.</summary>
    public string Folded { get; }

    /// <summary>Its runs.</summary>
    public List<Run> Runs { get; }

    /// <summary>How it is compared.</summary>
    public SearchMatch Match => _match;

    /// <summary>The one field that counts, folded, or null for any.</summary>
    public string? FieldName { get; }

    /// <summary>Whether it may be in the header.</summary>
    public bool InHeader => Query.Field != SearchField.Body;

    /// <summary>Whether it may be in the body.</summary>
    public bool InBody => Query.Field is SearchField.Body or SearchField.Text;

    /// <summary>Whether every message meets it: an empty text is in everything.</summary>
    public bool IsTrivial => Folded.Length == 0 && InBody;

    /// <summary>A run's text.</summary>
    public string TextOf(Run run) => Folded.Substring(run.Start, run.Length);

    /// <summary>Whether a folded text has it.</summary>
    public bool Matches(string text) =>
        _match == SearchMatch.Substring ? text.Contains(Folded, StringComparison.Ordinal) : HasWords(text);

    private bool HasWords(string text)
    {
        ReadOnlySpan<char> first = Folded.AsSpan(Runs[0].Start, Runs[0].Length);
        for (int from = 0; from <= text.Length - first.Length;)
        {
            int found = text.AsSpan(from).IndexOf(first, StringComparison.Ordinal);
            if (found < 0)
                return false;
            from += found + 1;
            if (Texts.Runs.IsBoundary(text, from - 1) && HasWordsAt(text.AsSpan(from - 1)))
                return true;
        }
        return false;
    }

    private bool HasWordsAt(ReadOnlySpan<char> text)
    {
        var runs = new Runs(text);
        for (int i = 0; i < Runs.Count; i++)
        {
            if (!runs.MoveNext())
                return false;
            ReadOnlySpan<char> found = text.Slice(runs.Current.Start, runs.Current.Length);
            ReadOnlySpan<char> wanted = Folded.AsSpan(Runs[i].Start, Runs[i].Length);
            bool mayGoOn = _match == SearchMatch.Prefix && i == Runs.Count - 1;
            if (mayGoOn ? !found.StartsWith(wanted) : !found.SequenceEqual(wanted))
                return false;
        }
        return true;
    }
}
