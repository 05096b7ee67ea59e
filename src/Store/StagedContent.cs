using UnifiedMsg.Mime;

namespace UnifiedMsg.Store;

/// <summary>Content read, hashed and summarised, ready to be appended to any number of folders.</summary>
public sealed class StagedContent : IAsyncDisposable
{
    private readonly Func<ValueTask> _release;

    internal StagedContent(byte[] hash, long size, byte[]? inline, MessageSummary summary, Func<ValueTask> release)
    {
        Hash = hash;
        Size = size;
        Inline = inline;
        Summary = summary;
        _release = release;
    }

    /// <summary>SHA-256 of the octets.</summary>
    public byte[] Hash { get; }

    /// <summary>Octets.</summary>
    public long Size { get; }

    /// <summary>The envelope and structure, computed once.</summary>
    public MessageSummary Summary { get; }

    /// <summary>The octets when they are small enough to live in the database; else they are in the blob area under their hash.</summary>
    internal byte[]? Inline { get; }

    /// <summary>Gives up the hold on the blob; an appended item keeps its own.</summary>
    public ValueTask DisposeAsync() => _release();
}
