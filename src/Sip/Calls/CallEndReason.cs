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

    /// <summary>The answer, or a reliable response before it, was never acknowledged (RFC 3261 §13.3.1.4, RFC 3262 §3).</summary>
    NoAck,

    /// <summary>A fault: the other side can't be reached or has lost the call.</summary>
    Failed,

    /// <summary>No refresh of the session came in time (RFC 4028 §10).</summary>
    Expired,

    /// <summary>Another call took its place (RFC 3891).</summary>
    Replaced,
}
