using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Search;

/// <summary>A condition on items. Protocols make theirs of these; what the index knows is used, the rest is read.</summary>
public abstract record SearchQuery
{
    /// <summary>What every item meets.</summary>
    public static SearchQuery Everything { get; } = new AllOfQuery([]);

    /// <summary>What no item meets.</summary>
    public static SearchQuery Nothing { get; } = new AnyOfQuery([]);

    /// <summary>The same for whoever sees an item otherwise than its owner does; what he does not see meets no condition on items.</summary>
    internal SearchQuery SeenAs(Func<Item, Item?> view) => this switch
    {
        AllOfQuery all => new AllOfQuery([.. all.Queries.Select(query => query.SeenAs(view))]),
        AnyOfQuery any => new AnyOfQuery([.. any.Queries.Select(query => query.SeenAs(view))]),
        NotQuery not => new NotQuery(not.Query.SeenAs(view)),
        ItemQuery test => new ItemQuery(item => view(item) is { } seen && test.Test(seen)),
        _ => this,
    };

    /// <summary>What it costs to test: 0 from the item, 1 from the summary, 2 from the text. Cheap ones go first.</summary>
    internal virtual int Cost => 0;
}

/// <summary>All of these; everything when there are none.</summary>
public sealed record AllOfQuery(IReadOnlyList<SearchQuery> Queries) : SearchQuery
{
    internal override int Cost => Queries.Count == 0 ? 0 : Queries.Max(query => query.Cost);
}

/// <summary>Any of these; nothing when there are none.</summary>
public sealed record AnyOfQuery(IReadOnlyList<SearchQuery> Queries) : SearchQuery
{
    internal override int Cost => Queries.Count == 0 ? 0 : Queries.Max(query => query.Cost);
}

/// <summary>Not this.</summary>
public sealed record NotQuery(SearchQuery Query) : SearchQuery
{
    internal override int Cost => Query.Cost;
}

/// <summary>A condition on the item itself: flags, dates, size.</summary>
public sealed record ItemQuery(Func<Item, bool> Test) : SearchQuery;

/// <summary>A condition on the summary: what the envelope says.</summary>
public sealed record SummaryQuery(Func<MessageSummary, bool> Test) : SearchQuery
{
    internal override int Cost => 1;
}

/// <summary>Where a text is looked for.</summary>
public enum SearchField
{
    /// <summary>The Subject field.</summary>
    Subject,

    /// <summary>The From field, names and addresses as they are written.</summary>
    From,

    /// <summary>The To field.</summary>
    To,

    /// <summary>The Cc field.</summary>
    Cc,

    /// <summary>The Bcc field.</summary>
    Bcc,

    /// <summary>The header field that <see cref="TextQuery.HeaderName"/> names.</summary>
    Header,

    /// <summary>The text of the parts, of attached messages and of attachments.</summary>
    Body,

    /// <summary>Names and values of the header, and the body.</summary>
    Text,
}

/// <summary>How a text is compared. Case and composition never count (RFC 5051).</summary>
public enum SearchMatch
{
    /// <summary>These characters in a row anywhere, as IMAP wants it (RFC 9051 §6.4.4).</summary>
    Substring,

    /// <summary>These words in a row, whatever is between them.</summary>
    Words,

    /// <summary>These words in a row, the last of which may go on.</summary>
    Prefix,
}

/// <summary>A text in a field. An empty text asks whether the field is there at all.</summary>
public sealed record TextQuery(SearchField Field, string Text, SearchMatch Match = SearchMatch.Substring) : SearchQuery
{
    /// <summary>The name of the field for <see cref="SearchField.Header"/>, in any case.</summary>
    public string HeaderName { get; init; } = "";

    internal override int Cost => 2;

    /// <summary>The same on a field that the index keeps apart, where <paramref name="name"/> names one.</summary>
    public static TextQuery OfHeader(string name, string text) => name.ToUpperInvariant() switch
    {
        "SUBJECT" => new(SearchField.Subject, text),
        "FROM" => new(SearchField.From, text),
        "TO" => new(SearchField.To, text),
        "CC" => new(SearchField.Cc, text),
        "BCC" => new(SearchField.Bcc, text),
        _ => new(SearchField.Header, text) { HeaderName = name },
    };
}
