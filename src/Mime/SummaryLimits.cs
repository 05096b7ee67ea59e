namespace UnifiedMsg.Mime;

/// <summary>How much of a hostile message is looked at. Past a limit the rest is opaque content, never an error.</summary>
public static class SummaryLimits
{
    /// <summary>Parts within parts; real mail stays below ten, and each level costs a stack frame and a boundary to compare.</summary>
    public const int MaxDepth = 32;

    /// <summary>Parts of one message; what follows is part of the last multipart's body.</summary>
    public const int MaxParts = 1000;

    /// <summary>Octets of one header that are read: long recipient lists fit, a header without an end does not fill the memory.</summary>
    public const int MaxHeaderOctets = 256 * 1024;

    /// <summary>Octets of all headers of one message that are read, which bounds the summary itself.</summary>
    public const int MaxAllHeaderOctets = 1024 * 1024;

    /// <summary>Characters of the preview.</summary>
    public const int PreviewLength = 256;

    /// <summary>Octets of a text part that are decoded for the preview: HTML mail has much markup before its first word.</summary>
    public const int PreviewOctets = 16 * 1024;
}
