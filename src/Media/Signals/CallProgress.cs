namespace UnifiedMsg.Media.Signals;

/// <summary>What is heard while a call is put through.</summary>
public enum CallProgress
{
    /// <summary>The network waits for a number.</summary>
    DialTone,

    /// <summary>The other phone rings.</summary>
    Ringing,

    /// <summary>It is busy.</summary>
    Busy,

    /// <summary>The network can't put the call through.</summary>
    Congestion,

    /// <summary>The special information tone: an announcement says why the call can't be put through.</summary>
    Information,

    /// <summary>Somebody, or a machine, speaks.</summary>
    Voice,

    /// <summary>A fax machine that calls (CNG).</summary>
    FaxCalling,

    /// <summary>A fax machine or modem that answers (CED, ANSam).</summary>
    FaxAnswering,
}
