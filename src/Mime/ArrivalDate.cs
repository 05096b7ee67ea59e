using MimeKit.Utils;

namespace UnifiedMsg.Mime;

/// <summary>When a message came, as far as it says so itself.</summary>
public static class ArrivalDate
{
    /// <summary>The date of the topmost <c>Received</c> field (RFC 5321 §4.4: the last server to have it), else that of <c>Date</c>; null when neither can be read.</summary>
    public static DateTimeOffset? Find(HeaderBlock header)
    {
        if (header.Find("Received"u8) is { } received && Read(received[(received.LastIndexOf(';') + 1)..]) is { } arrived)
            return arrived;
        return header.Find("Date"u8) is { } date ? Read(date) : null;
    }

    private static DateTimeOffset? Read(string text) => DateUtils.TryParse(text, out DateTimeOffset date) ? date.ToUniversalTime() : null;
}
