using UnifiedMsg.Database;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Search.Attachments;

/// <summary>Texts of attachments of one indexed content, as they were when it was indexed: the programs do not run again, unless the
/// index is lost meanwhile.</summary>
internal sealed class KnownAttachmentTexts(ISearchIndex index, long contentId, IAttachmentTexts programs) : IAttachmentTexts
{
    public async ValueTask<string?> ReadAsync(MessagePart part, Stream content, CancellationToken cancellationToken)
    {
        try
        {
            return await index.ReadExtractAsync(contentId, part.BodyOffset, cancellationToken);
        }
        catch (Exception fault) when (fault is DamagedDatabaseException or ObjectDisposedException)
        {
            return await programs.ReadAsync(part, content, cancellationToken);
        }
    }
}

/// <summary>Keeps what the programs say, to go into the index with the words.</summary>
internal sealed class KeptAttachmentTexts(IAttachmentTexts texts) : IAttachmentTexts
{
    /// <summary>By the place of the part.</summary>
    public Dictionary<long, string> Texts { get; } = [];

    public async ValueTask<string?> ReadAsync(MessagePart part, Stream content, CancellationToken cancellationToken)
    {
        string? text = await texts.ReadAsync(part, content, cancellationToken);
        if (text is not null)
            Texts[part.BodyOffset] = text;
        return text;
    }
}
