namespace UnifiedMsg.Media.Sdp;

/// <summary>Whether the audio of a call is protected by SRTP.</summary>
public enum SrtpPolicy
{
    /// <summary>Never: an offer that insists on it is refused.</summary>
    Off,

    /// <summary>Whenever the other side can (RFC 8643): calls of those who can't go in clear.</summary>
    BestEffort,

    /// <summary>Always: an offer without it is refused.</summary>
    Required,
}
