namespace UnifiedMsg.Sip;

/// <summary>What carries the messages.</summary>
public enum SipTransportKind
{
    /// <summary>Datagrams; requests and responses are sent again until answered.</summary>
    Udp,

    /// <summary>A TCP stream.</summary>
    Tcp,
}
