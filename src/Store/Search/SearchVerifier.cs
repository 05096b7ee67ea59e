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
    /// <summary>Whether the item meets the query.</summary>
    public async ValueTask<bool> MeetsAsync(Place place, CancellationToken cancellationToken)
    {
        if (place.ContentId <= trusted)
        {
            if (plan.Certain.Contains(place.ContentId))
                return true;
            if (!plan.Possible.Contains(place.ContentId))
                return false;
        }
        return await new Candidate(this, place, cancellationToken).MeetsAsync(plan.Query);
    }

    private sealed class Candidate(SearchVerifier verifier, Place place, CancellationToken cancellationToken)
    {
        private bool _read;
        private MessageSummary? _summary;
        private SearchableText? _text;

        public async ValueTask<bool> MeetsAsync(SearchQuery query)
        {
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
                case ItemQuery item:
                    return item.Test(place.Item!);
                case SummaryQuery summary:
                    await ReadAsync(withText: false);
                    return _summary is not null && summary.Test(_summary);
                case TextQuery text:
                    return await HasAsync(text);
                default:
                    throw new ArgumentException($"A query can't be a {query.GetType()}.");
            }
        }

        private async ValueTask<bool> HasAsync(TextQuery query)
        {
            Needle needle = verifier.PlanOf(query, out IndexAnswer answer);
            if (needle.IsTrivial)
                return true;
            if (place.ContentId <= verifier.Trusted)
            {
                if (answer.Certain.Contains(place.ContentId))
                    return true;
                if (!answer.Possible.Contains(place.ContentId))
                    return false;
            }
            await ReadAsync(withText: true);
            return _text is not null && _text.Matches(needle);
        }

        // Content that is gone meanwhile meets no condition on it.
        private async ValueTask ReadAsync(bool withText)
        {
            if (withText ? _text is not null : _read)
                return;
            _read = true;
            if (await verifier.Contents.OpenContentAsync(place.ContentId, cancellationToken) is not { } opened)
                return;
            await using Stream octets = opened.Octets;
            _summary = opened.Summary;
            if (withText)
                _text = await SearchableTextReader.ReadAsync(octets, _summary, verifier.TextsOf(place.ContentId), cancellationToken);
        }
    }

    private long Trusted => trusted;

    private ContentReader Contents => contents;

    private IAttachmentTexts? TextsOf(long contentId) => attachments(contentId, contentId <= trusted);

    private Needle PlanOf(TextQuery query, out IndexAnswer answer)
    {
        answer = plan.AnswerOf(query);
        return plan.NeedleOf(query);
    }
}
