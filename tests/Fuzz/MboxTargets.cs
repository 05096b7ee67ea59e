using UnifiedMsg.Store.Transfer;
using UnifiedMsg.Store.Transfer.Mbox;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz target of the mbox reader.</summary>
public static class MboxTargets
{
    private const int MaxSize = 4096;

    /// <summary>The target: the reader comes to the end of any file, its messages lie in it one after the other, and none is larger than allowed.</summary>
    public static void Reader(ReadOnlySpan<byte> input)
    {
        long last = -1;
        long size = input.Length;
        var reader = new MboxReader(new MemoryStream(input.ToArray()), () => new SpooledContent(MaxSize, Path.GetTempPath()), (at, _) => RequireInside(at, size));
        while (Next(reader) is { } message)
        {
            RequireInside(message.Offset, size);
            if (message.Offset <= last)
                throw new InvalidOperationException($"The message at {message.Offset} comes after the one at {last}.");
            if (message.Content.Length > MaxSize)
                throw new InvalidOperationException($"The message at {message.Offset} is larger than allowed.");
            last = message.Offset;
            message.Content.Dispose();
        }
    }

    // The file is in memory, so nothing is waited for.
    private static MboxMessage? Next(MboxReader reader) => reader.NextAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private static void RequireInside(long offset, long size)
    {
        if (offset < 0 || offset > size)
            throw new InvalidOperationException($"{offset} is not in the file.");
    }
}
