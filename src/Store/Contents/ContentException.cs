namespace UnifiedMsg.Store.Contents;

/// <summary>A content can't be read or written. A fault of ours, and no <see cref="IOException"/>: where a content comes from
/// or goes to a client, that is the fault of the line.</summary>
public class ContentException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store refers to content that is gone: somebody else removed it, or the disk lost it.</summary>
public sealed class MissingContentException(string name, Exception? inner = null)
    : ContentException($"The content {name} is missing. Run 'unifiedmsg store check'; a backup may have it.", inner);

/// <summary>A content is not what was written: the disk damaged it, or somebody changed it.</summary>
/// <param name="name">The content's name.</param>
/// <param name="problem">What is wrong, as the end of a sentence.</param>
public sealed class DamagedContentException(string name, string problem)
    : ContentException($"The content {name} is damaged: {problem}. Run 'unifiedmsg store check'; a backup may have it.")
{
    /// <summary>What is wrong, as the end of a sentence.</summary>
    public string Problem { get; } = problem;
}

/// <summary>The keys of the encryption at rest are missing, wrong or not usable. Nothing was changed.</summary>
public sealed class ContentKeyException(string message, Exception? inner = null) : ContentException(message, inner);
