namespace UnifiedMsg.Store.Contents;

/// <summary>The file of a content can't be read or written. A fault of ours, and no <see cref="IOException"/>: where a content comes from
/// or goes to a client, that is the fault of the line.</summary>
public class ContentException(string message, Exception inner) : Exception(message, inner);

/// <summary>The store refers to content whose file is gone: somebody else removed it, or the disk lost it.</summary>
public sealed class MissingContentException(string name, Exception inner)
    : ContentException($"The content {name} is missing in the blob folder. Run 'unifiedmsg store check'; a backup has it.", inner);
