namespace UnifiedMsg.Store.Contents;

/// <summary>The store refers to content whose file is gone: somebody else removed it, or the disk lost it.</summary>
public sealed class MissingContentException(string name, Exception inner)
    : IOException($"The content {name} is missing in the blob folder. Run 'unifiedmsg store check'; a backup has it.", inner);
