using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store;

/// <summary>Content read, hashed and summarised, ready to be appended to any number of folders.</summary>
/// <remarks>Keep it until the unit that appends it has completed: until then it is what keeps the blob from being collected.</remarks>
public sealed class StagedContent : IAsyncDisposable
{
    private readonly Action? _release;
    private int _released;

    internal StagedContent(
        byte[] hash, long size, PackedBody? inline, int keyNumber, MessageSummary summary, byte[] summaryOctets, Action? release)
    {
        Hash = hash;
        Size = size;
        Inline = inline;
        KeyNumber = keyNumber;
        Summary = summary;
        SummaryOctets = summaryOctets;
        _release = release;
    }

    /// <summary>The name of the content: the SHA-256 of its octets, or an HMAC of that where the store is encrypted.</summary>
    public byte[] Hash { get; }

    /// <summary>Octets.</summary>
    public long Size { get; }

    /// <summary>The envelope and structure, computed once.</summary>
    public MessageSummary Summary { get; }

    /// <summary>The octets as they are stored when they are small enough to live in the database; else they are in the blob area under their
    /// hash. Compressed and encrypted outside of the writer.</summary>
    internal PackedBody? Inline { get; }

    /// <summary>The number of the key with which body, file and summary are encrypted; 0 for none.</summary>
    internal int KeyNumber { get; }

    /// <summary>The summary as it is stored, encoded outside of the writer.</summary>
    internal byte[] SummaryOctets { get; }

    internal bool IsReleased => Volatile.Read(ref _released) != 0;

    /// <summary>Gives up the hold on the blob; an appended item keeps its own.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            _release?.Invoke();
        return ValueTask.CompletedTask;
    }
}
