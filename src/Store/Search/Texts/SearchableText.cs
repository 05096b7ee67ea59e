namespace UnifiedMsg.Store.Search.Texts;

/// <summary>A header field, folded.</summary>
internal readonly record struct FoldedField(string Name, string Value);

/// <summary>All that a search may find of one message, folded. Index and verification both go by this.</summary>
internal sealed class SearchableText
{
    /// <summary>The fields of the message's own header.</summary>
    public List<FoldedField> Fields { get; } = [];

    /// <summary>The texts of parts and attachments, the header fields of attached messages, and file names. A needle is found within one of them.</summary>
    public List<string> Bodies { get; } = [];

    /// <summary>Whether a text is where a condition looks for it.</summary>
    public bool Matches(Needle needle)
    {
        if (needle.InHeader)
        {
            foreach (FoldedField field in Fields)
            {
                if ((needle.FieldName is null && needle.Matches(field.Name))
                    || ((needle.FieldName is null || needle.FieldName == field.Name) && needle.Matches(field.Value)))
                    return true;
            }
        }
        if (!needle.InBody)
            return false;
        foreach (string body in Bodies)
        {
            if (needle.Matches(body))
                return true;
        }
        return false;
    }
}
