namespace UnifiedMsg.Store.Search;

/// <summary>How the search index is kept.</summary>
public sealed record SearchOptions
{
    /// <summary>The file of the index. It can be made anew, and has the words of all messages in it.</summary>
    public required string File { get; init; }

    /// <summary>Percent of the time that indexing may take while it has much to catch up with; the rest is left to deliveries.</summary>
    public int Pace { get; init; } = 50;

    /// <summary>Whether the text of PDF attachments is searched, by <c>pdftotext</c>.</summary>
    public bool Pdf { get; init; }

    /// <summary>Whether the text of office documents is searched, by <c>docx2txt</c>, <c>odt2txt</c> and <c>catdoc</c>.</summary>
    public bool Office { get; init; }

    /// <summary>Where those programs find what they read.</summary>
    public string WorkFolder { get; init; } = Path.GetTempPath();

    /// <summary>How long a program may take for one document; past it its text is not searched.</summary>
    public TimeSpan AttachmentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the index is compared with the store, to remove what is gone.</summary>
    public TimeSpan CompareInterval { get; init; } = TimeSpan.FromHours(1);
}
