namespace UnifiedMsg.Sip.Calls;

/// <summary>RFC 3264 §4: who has made, or has to make, the offer that is not answered yet. There is one at most.</summary>
internal enum Offerer
{
    /// <summary>Nobody: both sides know the session, and either may offer another.</summary>
    Nobody,

    /// <summary>We.</summary>
    Us,

    /// <summary>The other side.</summary>
    Them,
}
