using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// The objects that the next packet of a call needs. Thousands of calls take turns, so that nothing of one is in the cache when its packet
/// comes; who knows which call is next brings all of it at once, while it works on another, instead of waiting for one place in memory after
/// the other. It is a hint: a wrong or a missing one costs time and nothing else, and processors without such an instruction do without.
/// </summary>
public sealed class WorkingSet
{
    private const int LineLength = 64;

    // By part. What an object makes for itself alone, a lock for one, is made first, lies behind it and counts with it.
    private static readonly byte[] Lines = [2, 1, 4, 5, 2, 4, 1, 2, 10, 3];

    private Objects _objects;

    /// <summary>What the part is from now on; null for nothing.</summary>
    internal object? this[WorkingPart part]
    {
        set => _objects[(int)part] = value;
    }

    /// <summary>Brings the list of the objects into the cache.</summary>
    internal void BringList()
    {
        if (Sse.IsSupported)
            Bring(this, (int)WorkingPart.Count * sizeof(long) / LineLength + 1);
    }

    /// <summary>Brings the objects into the cache; the list should be there already.</summary>
    internal void Bring()
    {
        if (!Sse.IsSupported)
            return;
        var lines = Lines.AsSpan();
        for (var i = 0; i < lines.Length; i++)
        {
            if (_objects[i] is { } part)
                Bring(part, lines[i]);
        }
    }

    // The collector may move the object meanwhile: then another place is brought.
    private static unsafe void Bring(object target, int lines)
    {
        var start = (byte*)Unsafe.AsPointer(ref Unsafe.As<AnyObject>(target).Start);
        for (var i = 0; i < lines; i++)
            Sse.Prefetch0(start + i * LineLength);
    }

    [InlineArray((int)WorkingPart.Count)]
    private struct Objects
    {
        private object? _first;
    }

    // Where the fields of any object begin.
    private sealed class AnyObject
    {
        public byte Start = 0;
    }
}

/// <summary>The parts of a <see cref="WorkingSet"/>.</summary>
internal enum WorkingPart
{
    Registration,
    Socket,
    Session,
    Receiver,
    Statistics,
    Timeline,
    Concealment,
    Monitor,
    Speech,
    Sink,
    Count,
}
