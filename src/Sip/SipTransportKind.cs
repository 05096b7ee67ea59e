namespace UnifiedMsg.Sip;

/// <summary>What carries the messages.</summary>
public enum SipTransportKind
{
    /// <summary>Datagrams; requests and responses are sent again until answered.</summary>
    Udp,

    /// <summary>A TCP stream.</summary>
    Tcp,

    /// <summary>A TCP stream inside TLS.</summary>
    Tls,

    /// <summary>A WebSocket (RFC 7118).</summary>
    Ws,

    /// <summary>A WebSocket inside TLS (RFC 7118).</summary>
    Wss,
}
