using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>The first words of a message, for lists and notifications.</summary>
internal static class PreviewText
{
    /// <summary>The part whose text is shown: the first plain text, else the first HTML, attachments left out; null when there is none.</summary>
    public static MessagePart? Choose(MessagePart root) => Find(root, "plain") ?? Find(root, "html");

    /// <summary>The preview of a part from the first octets of its body.</summary>
    public static string Read(MessagePart part, ReadOnlySpan<byte> body)
    {
        var text = PartText.Decode(part, body);
        var preview = new StringBuilder(SummaryLimits.PreviewLength);
        var space = false;
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                space = preview.Length > 0;
                continue;
            }

            if (preview.Length + (space ? 2 : 1) > SummaryLimits.PreviewLength) break;
            if (space) preview.Append(' ');
            space = false;
            preview.Append(c);
        }

        // Half of a surrogate pair is no character.
        if (preview.Length > 0 && char.IsHighSurrogate(preview[^1])) preview.Length--;
        return preview.ToString();
    }

    private static MessagePart? Find(MessagePart part, string subtype)
    {
        if (part.Disposition == "attachment") return null;
        if (part.Type == "text") return part.Subtype == subtype ? part : null;
        if (part.Type != "multipart") return null;
        foreach (var child in part.Children)
            if (Find(child, subtype) is { } found) return found;
        return null;
    }
}
