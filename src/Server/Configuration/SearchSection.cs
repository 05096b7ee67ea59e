namespace UnifiedMsg.Server.Configuration;

/// <summary>The search index.</summary>
public sealed record SearchSection
{
    /// <summary>Whether there is an index.</summary>
    [Option("Keep an index: in search.db in the data folder, or with PostgreSQL in tables named search_… beside the others, which one of its servers writes. It has the words of all messages in it, so a store that is encrypted has none; without it searches find the same and read every message for it. It needs no backup. Servers that share a database need the same pdf and office.")]
    public bool Index { get; init; } = true;

    /// <summary>The pace.</summary>
    [Option("Percent of one processor that making the index may take while it has much to catch up with.", Minimum = "1", Maximum = "100")]
    public int Pace { get; init; } = 50;

    /// <summary>PDF.</summary>
    [Option("Search the text of PDF attachments too. Needs the index and pdftotext (Debian: poppler-utils), which runs on mail from anybody, with limits of time and memory.")]
    public bool Pdf { get; init; }

    /// <summary>Office formats.</summary>
    [Option("Search the text of .docx, .odt and .doc attachments too. Needs the index and docx2txt, odt2txt and catdoc (Debian packages of these names), which run on mail from anybody, with limits of time and memory.")]
    public bool Office { get; init; }
}
