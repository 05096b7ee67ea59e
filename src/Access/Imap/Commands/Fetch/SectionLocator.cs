using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Access.Imap.Commands.Fetch;

/// <summary>Where the octets of a section lie in a message. RFC 9051 §6.4.5.1.</summary>
internal static class SectionLocator
{
    /// <summary>The part that a part number names, or null. An empty number is the message itself.</summary>
    public static MessagePart? FindPart(MessagePart root, IReadOnlyList<int> number)
    {
        var part = root;
        for (var i = 0; i < number.Count; i++)
        {
            // A message's parts are those of the multipart inside it; without one its body is part 1, also of the root.
            var within = part.Type == "multipart" ? part : i > 0 && part.Children.Count == 1 ? part.Children[0] : i == 0 ? root : null;
            if (within is null) return null;
            if (within.Type != "multipart") part = number[i] == 1 ? within : null;
            else part = number[i] <= within.Children.Count ? within.Children[number[i] - 1] : null;
            if (part is null) return null;
        }

        return part;
    }

    /// <summary>The octets of a section; false when there is no such section. For fields it is the header that they are in.</summary>
    public static bool TryLocate(MessagePart root, long size, BodySection section, out long offset, out long length)
    {
        (offset, length) = (0, 0);
        if (section.Part.Count == 0)
        {
            (offset, length) = section.Text switch
            {
                SectionText.All => (0, size),
                SectionText.Text => (root.BodyOffset, root.BodyLength),
                _ => (root.HeaderOffset, root.BodyOffset - root.HeaderOffset),
            };
            return true;
        }

        if (FindPart(root, section.Part) is not { } part) return false;
        if (section.Text is SectionText.All or SectionText.Mime)
        {
            (offset, length) = section.Text == SectionText.All
                ? (part.BodyOffset, part.BodyLength) : (part.HeaderOffset, part.BodyOffset - part.HeaderOffset);
            return true;
        }

        // HEADER, its fields and TEXT below a part number are those of a message inside (§6.4.5.1).
        if (part.Envelope is null || part.Children.Count != 1) return false;
        var inner = part.Children[0];
        (offset, length) = section.Text == SectionText.Text
            ? (inner.BodyOffset, inner.BodyLength) : (inner.HeaderOffset, inner.BodyOffset - inner.HeaderOffset);
        return true;
    }
}
