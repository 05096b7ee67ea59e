using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>Texts of attachments that programs have to read, such as PDF.</summary>
internal interface IAttachmentTexts
{
    /// <summary>The reader for the parts of a content.</summary>
    AttachmentText Of(long contentId);
}
