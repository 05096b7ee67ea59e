namespace UnifiedMsg.Media.Srtp;

/// <summary>What is known of one synchronisation source that the other side sends as.</summary>
internal struct SrtpSource
{
    /// <summary>Who sends.</summary>
    public uint Ssrc;

    /// <summary>What came of it.</summary>
    public ReplayWindow Window;

    /// <summary>The index of a packet (RFC 3711 §3.3.1): the one with its sequence number that is nearest to the highest so far.</summary>
    public static ulong Estimate(ulong highest, ushort sequence)
    {
        var rollOver = (long)(highest >> 16);
        var last = (int)(highest & 0xFFFF);
        if (last < 0x8000)
            rollOver -= sequence - last > 0x8000 ? 1 : 0;
        else
            rollOver += last - 0x8000 > sequence ? 1 : 0;
        // Before the first roll-over nothing is older; what claims to be is of the first cycle and will be found to be no packet of ours.
        return (ulong)(Math.Max(rollOver, 0) & 0xFFFF_FFFF) << 16 | sequence;
    }
}

/// <summary>The sources of one way.</summary>
internal sealed class SrtpSources
{
    /// <summary>
    /// How many a peer may send as in a call. One is usual, a gateway that puts a call through may use a few. Only authenticated packets
    /// take a place, and none is forgotten, or else what it sent could be sent again.
    /// </summary>
    public const int Most = 32;

    private SrtpSource[] _sources = new SrtpSource[1];

    public int Count { get; private set; }

    /// <summary>The place of a source; -1 when it has none.</summary>
    public int Find(uint ssrc)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_sources[i].Ssrc == ssrc)
                return i;
        }
        return -1;
    }

    public ref SrtpSource this[int place] => ref _sources[place];

    /// <summary>Notes an authenticated packet of a source, new or known.</summary>
    public void Add(int place, uint ssrc, ulong index)
    {
        if (place < 0)
        {
            if (Count == _sources.Length)
                Array.Resize(ref _sources, Math.Min(Count * 2, Most));
            place = Count++;
            _sources[place].Ssrc = ssrc;
        }
        _sources[place].Window.Add(index);
    }
}
