using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>A content as the index knows it, by which it is seen whether the index is of this store.</summary>
/// <param name="ContentId">The content.</param>
/// <param name="HashKey">The first eight octets of its hash.</param>
internal readonly record struct IndexMark(long ContentId, long HashKey);

/// <summary>What an index says of one needle: which contents have it for certain, and which may have it.</summary>
internal readonly record struct IndexAnswer(ContentBound Certain, ContentBound Possible)
{
    /// <summary>Nothing is known.</summary>
    public static IndexAnswer Unknown { get; } = new(ContentBound.None, ContentBound.All);
}

/// <summary>Answers to several needles, all of one snapshot.</summary>
/// <param name="Trust">For which contents they hold.</param>
/// <param name="Answers">By needle, in their order.</param>
internal sealed record IndexAnswers(IndexTrust Trust, IReadOnlyList<IndexAnswer> Answers)
{
    /// <summary>Nothing is known.</summary>
    public static IndexAnswers None { get; } = new(IndexTrust.None, []);
}

/// <summary>
/// An index of contents by their text. It is a prefilter and may be lost: it says what is certain and what is possible, never more than it
/// knows, and whoever asks verifies the rest. Contents never change, so what moves between folders or mailboxes is not its concern.
/// </summary>
internal interface ISearchIndex : IAsyncDisposable
{
    /// <summary>Octets on the disk.</summary>
    long Size { get; }

    /// <summary>Looks needles up.</summary>
    /// <param name="needles">What is looked for.</param>
    /// <param name="scopeSize">About how many contents are asked about: among few, reading them is quicker than a long list.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<IndexAnswers> LookUpAsync(IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken);

    /// <summary>Adds contents, ascending; as a whole or not at all.</summary>
    Task AddAsync(IReadOnlyList<IndexedText> texts, CancellationToken cancellationToken);

    /// <summary>The text of an attachment that was indexed with its content, by the place of the part; null when there is none.</summary>
    ValueTask<string?> ReadExtractAsync(long contentId, long part, CancellationToken cancellationToken);

    /// <summary>Does a small part of what keeps the index quick; false when nothing is left to do.</summary>
    Task<bool> TidyAsync(CancellationToken cancellationToken);
}
