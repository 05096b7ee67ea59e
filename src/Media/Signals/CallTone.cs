namespace UnifiedMsg.Media.Signals;

/// <summary>What a tone of the telephone network tells who hears it (ITU-T E.180).</summary>
public enum CallTone
{
    /// <summary>Dial now.</summary>
    Dial,

    /// <summary>The other phone rings.</summary>
    Ringing,

    /// <summary>The other phone is busy.</summary>
    Busy,

    /// <summary>The network can't put the call through at the moment.</summary>
    Congestion,

    /// <summary>An announcement says why the call can't be put through: the special information tone.</summary>
    Information,

    /// <summary>Speak now: the tone before a recording.</summary>
    Record,
}
