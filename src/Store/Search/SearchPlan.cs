using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>A query with what the index says of it.</summary>
internal sealed class SearchPlan
{
    private readonly Dictionary<TextQuery, int> _places = new(ReferenceEqualityComparer.Instance);
    private readonly List<Needle> _needles = [];
    private IReadOnlyList<IndexAnswer> _answers = [];

    public SearchPlan(SearchQuery query)
    {
        Query = query;
        Collect(query);
    }

    /// <summary>The query.</summary>
    public SearchQuery Query { get; }

    /// <summary>The texts in it.</summary>
    public IReadOnlyList<Needle> Needles => _needles;

    /// <summary>Whether a text is looked for.</summary>
    public bool HasText => _needles.Count > 0;

    /// <summary>Whether more than the content of an item counts.</summary>
    public bool NeedsItems { get; private set; }

    /// <summary>What is certain of the whole, by content.</summary>
    public ContentBound Certain { get; private set; } = ContentBound.None;

    /// <summary>What is possible, by content.</summary>
    public ContentBound Possible { get; private set; } = ContentBound.All;

    /// <summary>The needle of a text of the query.</summary>
    public Needle NeedleOf(TextQuery query) => _needles[_places[query]];

    /// <summary>What the index says of a text of the query.</summary>
    public IndexAnswer AnswerOf(TextQuery query) => _answers.Count == 0 ? IndexAnswer.Unknown : _answers[_places[query]];

    /// <summary>Takes what the index says.</summary>
    public void Take(IReadOnlyList<IndexAnswer> answers)
    {
        _answers = answers;
        IndexAnswer whole = Bound(Query);
        (Certain, Possible) = (whole.Certain, whole.Possible);
    }

    private void Collect(SearchQuery query)
    {
        switch (query)
        {
            case AllOfQuery all:
                foreach (SearchQuery one in all.Queries)
                    Collect(one);
                break;
            case AnyOfQuery any:
                foreach (SearchQuery one in any.Queries)
                    Collect(one);
                break;
            case NotQuery not:
                Collect(not.Query);
                break;
            case ItemQuery:
                NeedsItems = true;
                break;
            case TextQuery text when _places.TryAdd(text, _needles.Count):
                _needles.Add(new Needle(text));
                break;
        }
    }

    private IndexAnswer Bound(SearchQuery query)
    {
        switch (query)
        {
            case AllOfQuery all:
                var both = new IndexAnswer(ContentBound.All, ContentBound.All);
                foreach (IndexAnswer one in all.Queries.Select(Bound))
                    both = new IndexAnswer(both.Certain.And(one.Certain), both.Possible.And(one.Possible));
                return both;
            case AnyOfQuery any:
                var either = new IndexAnswer(ContentBound.None, ContentBound.None);
                foreach (IndexAnswer one in any.Queries.Select(Bound))
                    either = new IndexAnswer(either.Certain.Or(one.Certain), either.Possible.Or(one.Possible));
                return either;
            case NotQuery not:
                IndexAnswer inner = Bound(not.Query);
                return new IndexAnswer(inner.Possible.Not(), inner.Certain.Not());
            case TextQuery text:
                return AnswerOf(text);
            default:
                return IndexAnswer.Unknown;
        }
    }
}
