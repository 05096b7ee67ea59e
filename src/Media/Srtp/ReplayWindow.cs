namespace UnifiedMsg.Media.Srtp;

/// <summary>Which packets came already (RFC 3711 §3.3.2). A value: keep it in a field.</summary>
internal struct ReplayWindow
{
    /// <summary>
    /// How far behind the newest packet one may still come: 128 packets are 2.5 s of a call, more than anything that comes late is good for.
    /// RFC 3711 §3.3.2 wants 64 at least.
    /// </summary>
    public const int Length = 128;

    private UInt128 _seen;

    /// <summary>The highest index so far.</summary>
    public ulong Highest { get; private set; }

    /// <summary>True when nothing came yet.</summary>
    public readonly bool IsEmpty => _seen == 0;

    /// <summary>True when a packet of this index may be taken: it was not yet, and is not too old to know.</summary>
    public readonly bool Allows(ulong index)
    {
        if (IsEmpty || index > Highest)
            return true;
        var behind = Highest - index;
        return behind < Length && (_seen >> (int)behind & 1) == 0;
    }

    /// <summary>Notes a packet that was authenticated.</summary>
    public void Add(ulong index)
    {
        if (IsEmpty || index > Highest)
        {
            var ahead = IsEmpty ? Length : index - Highest;
            _seen = ahead < Length ? _seen << (int)ahead | 1 : 1;
            Highest = index;
        }
        else if (Highest - index < Length)
        {
            _seen |= UInt128.One << (int)(Highest - index);
        }
    }
}
