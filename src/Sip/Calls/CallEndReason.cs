namespace UnifiedMsg.Sip.Calls;

/// <summary>Why a call is over.</summary>
public enum CallEndReason
{
    /// <summary>The caller gave up before the call was answered.</summary>
    Cancelled,

    /// <summary>The other side hung up.</summary>
    RemoteHangUp,

    /// <summary>We hung up.</summary>
    LocalHangUp,

    /// <summary>We refused the call.</summary>
    Rejected,

    /// <summary>The answer was never acknowledged (RFC 3261 §13.3.1.4).</summary>
    NoAck,

    /// <summary>A fault: the other side can't be reached or has lost the call.</summary>
    Failed,
}
