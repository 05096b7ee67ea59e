using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Search.Attachments;

/// <summary>Texts of attachments that are no text themselves, such as PDF.</summary>
internal interface IAttachmentTexts
{
    /// <summary>The text of a part, empty when it can't be read; null for a kind that nothing reads.</summary>
    ValueTask<string?> ReadAsync(MessagePart part, Stream content, CancellationToken cancellationToken);
}
