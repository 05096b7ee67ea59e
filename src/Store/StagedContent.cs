using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store;

/// <summary>Content read, hashed and summarised, ready to be appended to any number of folders.</summary>
/// <remarks>Keep it until the unit that appends it has completed: until then it is what keeps the blob from being collected.</remarks>
public sealed class StagedContent : IAsyncDisposable
{
    private readonly Action? _release;
    private readonly Func<bool>? _isThere;
    private int _released;

    internal StagedContent(
        byte[] hash, long size, PackedBody? inline, int keyNumber, MessageSummary summary, byte[] summaryOctets, Action? release, Func<bool>? isThere = null)
    {
        Hash = hash;
        Size = size;
        Inline = inline;
        KeyNumber = keyNumber;
        Summary = summary;
        SummaryOctets = summaryOctets;
        ThreadKeys = Threads.ThreadKeys.Of(summary.Envelope);
        _release = release;
        _isThere = isThere;
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

    /// <summary>By what the thread is found, computed outside of the writer.</summary>
    internal long[] ThreadKeys { get; }

    internal bool IsReleased => Volatile.Read(ref _released) != 0;

    /// <summary>Another server's collector knows nothing of our hold. It removes no file that was staged within the grace time, but one that is
    /// appended only after it may be gone.</summary>
    internal bool IsGone => _isThere?.Invoke() == false;

    /// <summary>Gives up the hold on the blob; an appended item keeps its own.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            _release?.Invoke();
        return ValueTask.CompletedTask;
    }
}
