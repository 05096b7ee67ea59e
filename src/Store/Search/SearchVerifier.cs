using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search.Attachments;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>Tests items against a query. Summary and text are read only where the index does not tell.</summary>
/// <param name="plan">The query.</param>
/// <param name="trusted">The index's answers hold for contents up to this one.</param>
/// <param name="contents">Where contents are read.</param>
/// <param name="attachments">Texts of the attachments of a content, and whether it is indexed; null when only text is searched.</param>
internal sealed class SearchVerifier(SearchPlan plan, long trusted, ContentReader contents, Func<long, bool, IAttachmentTexts?> attachments)
{
    /// <summary>Whether the item meets the query, as far as that is known without reading its content; null when it has to be read.</summary>
    public bool? Judge(Place place)
    {
        if (place.ContentId <= trusted)
        {
            if (plan.Certain.Contains(place.ContentId))
                return true;
            if (!plan.Possible.Contains(place.ContentId))
                return false;
        }
        return Judge(plan.Query, place);
    }

    /// <summary>Whether the item meets the query.</summary>
    /// <param name="place">The item.</param>
    /// <param name="content">Its content; null when that is gone meanwhile, and then meets no condition on it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public ValueTask<bool> MeetsAsync(Place place, FoundContent? content, CancellationToken cancellationToken) =>
        new Candidate(this, place, content, cancellationToken).MeetsAsync(plan.Query);

    private bool? Judge(SearchQuery query, Place place) => query switch
    {
        AllOfQuery all => JudgeAll(all.Queries, place, false),
        AnyOfQuery any => JudgeAll(any.Queries, place, true),
        NotQuery not => !Judge(not.Query, place),
        ItemQuery item => item.Test(place.Item!),
        SummaryQuery => null,
        TextQuery text => JudgeText(text, place),
        _ => throw new ArgumentException($"A query can't be a {query.GetType()}."),
    };

    // One of all that is false makes all false, one of any that is true any true.
    private bool? JudgeAll(IReadOnlyList<SearchQuery> queries, Place place, bool decides)
    {
        bool? whole = !decides;
        foreach (SearchQuery one in queries)
        {
            bool? judged = Judge(one, place);
            if (judged == decides)
                return decides;
            whole = judged is null ? null : whole;
        }
        return whole;
    }

    private bool? JudgeText(TextQuery text, Place place)
    {
        if (plan.NeedleOf(text).IsTrivial)
            return true;
        if (place.ContentId > trusted)
            return null;
        IndexAnswer answer = plan.AnswerOf(text);
        return answer.Certain.Contains(place.ContentId) ? true : answer.Possible.Contains(place.ContentId) ? null : false;
    }

    private sealed class Candidate(SearchVerifier verifier, Place place, FoundContent? content, CancellationToken cancellationToken)
    {
        private MessageSummary? _summary;
        private SearchableText? _text;

        public async ValueTask<bool> MeetsAsync(SearchQuery query)
        {
            if (verifier.Judge(query, place) is { } known)
                return known;
            switch (query)
            {
                case AllOfQuery all:
                    foreach (SearchQuery one in all.Queries.OrderBy(one => one.Cost))
                    {
                        if (!await MeetsAsync(one))
                            return false;
                    }
                    return true;
                case AnyOfQuery any:
                    foreach (SearchQuery one in any.Queries.OrderBy(one => one.Cost))
                    {
                        if (await MeetsAsync(one))
                            return true;
                    }
                    return false;
                case NotQuery not:
                    return !await MeetsAsync(not.Query);
                case SummaryQuery summary:
                    return content is not null && summary.Test(Summary(content));
                case TextQuery text:
                    return content is not null && (_text ??= await ReadAsync(content))?.Matches(verifier.NeedleOf(text)) == true;
                default:
                    throw new InvalidOperationException($"A {query.GetType()} is always known.");
            }
        }

        private MessageSummary Summary(FoundContent found) => _summary ??= verifier.Contents.SummaryOf(found);

        private async ValueTask<SearchableText?> ReadAsync(FoundContent found)
        {
            MessageSummary summary = Summary(found);
            if (await verifier.Contents.OpenAsync(found, cancellationToken) is not { } octets)
                return null;
            await using Stream disposed = octets;
            return await SearchableTextReader.ReadAsync(octets, summary, verifier.TextsOf(place.ContentId), cancellationToken);
        }
    }

    private ContentReader Contents => contents;

    private Needle NeedleOf(TextQuery query) => plan.NeedleOf(query);

    private IAttachmentTexts? TextsOf(long contentId) => attachments(contentId, contentId <= trusted);
}
