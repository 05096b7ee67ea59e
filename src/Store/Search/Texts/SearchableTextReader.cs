using System.Text;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Search.Attachments;

namespace UnifiedMsg.Store.Search.Texts;

/// <summary>Reads what a search may find of a message: header, text parts, attached messages, file names, attachments.</summary>
internal static class SearchableTextReader
{
    /// <summary>Octets of text parts of one message that are read: a message of nothing but text parts must not fill the memory. What
    /// lies beyond is not found, with and without index alike.</summary>
    public const long MaxOctets = 16 << 20;

    public static async ValueTask<SearchableText> ReadAsync(
        Stream content, MessageSummary summary, IAttachmentTexts? attachments, CancellationToken cancellationToken)
    {
        var text = new SearchableText();
        HeaderBlock header = await MessageText.ReadHeaderAsync(content, summary.Body, cancellationToken);
        for (int i = 0; i < header.Count; i++)
            text.Fields.Add(new FoldedField(Folding.Fold(Encoding.Latin1.GetString(header.NameAt(i))), Folding.Fold(MessageText.DecodeHeader(header.ValueAt(i)))));
        await new Walk(content, text, attachments, cancellationToken).ReadAsync(summary.Body);
        return text;
    }

    private sealed class Walk(Stream content, SearchableText text, IAttachmentTexts? attachments, CancellationToken cancellationToken)
    {
        private long _left = MaxOctets;

        public async ValueTask ReadAsync(MessagePart part)
        {
            AddFileName(part);
            foreach (MessagePart child in part.Children)
            {
                if (part.Type == "message")
                    await AddHeaderAsync(child);
                await ReadAsync(child);
            }
            if (part.Children.Count > 0 || _left <= 0)
                return;
            if (part.Type == "text")
                Add(await MessageText.ReadTextAsync(content, part, Take(part.BodyLength), cancellationToken));
            else if (attachments is not null && await attachments.ReadAsync(part, content, cancellationToken) is { } attached)
                Add(attached);
        }

        private async ValueTask AddHeaderAsync(MessagePart message)
        {
            HeaderBlock header = await MessageText.ReadHeaderAsync(content, message, cancellationToken);
            for (int i = 0; i < header.Count; i++)
                Add($"{Encoding.Latin1.GetString(header.NameAt(i))}: {MessageText.DecodeHeader(header.ValueAt(i))}");
        }

        private void AddFileName(MessagePart part)
        {
            string? name = Find(part.DispositionParameters, "filename") ?? Find(part.Parameters, "name");
            if (name is not null)
                Add(MessageText.DecodeHeader(name));
        }

        private long Take(long octets)
        {
            long taken = Math.Min(Math.Min(octets, MessageText.MaxSearchedOctets), _left);
            _left -= taken;
            return taken;
        }

        private void Add(string found)
        {
            if (found.Length > 0)
                text.Bodies.Add(Folding.Fold(found));
        }

        private static string? Find(IReadOnlyList<KeyValuePair<string, string>>? parameters, string name)
        {
            foreach ((string key, string value) in parameters ?? [])
            {
                if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return value;
            }
            return null;
        }
    }
}
