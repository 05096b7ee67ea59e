namespace UnifiedMsg.Sip.Transports;

/// <summary>What each transport is called where, and what it is.</summary>
internal static class TransportNames
{
    // RFC 3261 §18, §19.1.2, §20.42; RFC 7118 §5.2, §5.3: the URI parameter of a WebSocket is the same with TLS and without.
    private static readonly Names[] All =
    [
        new(SipTransportKind.Udp, "udp", "UDP", null, 5060),
        new(SipTransportKind.Tcp, "tcp", "TCP", "tcp", 5060),
        new(SipTransportKind.Tls, "tls", "TLS", "tls", 5061),
        new(SipTransportKind.Ws, "ws", "WS", "ws", 80),
        new(SipTransportKind.Wss, "wss", "WSS", "ws", 443),
    ];

    private sealed record Names(SipTransportKind Kind, string Scheme, string Via, string? UriParameter, int Port);

    extension(SipTransportKind kind)
    {
        /// <summary>As in listen points and logs.</summary>
        public string Scheme => All[(int)kind].Scheme;

        /// <summary>As in Via.</summary>
        public string ViaName => All[(int)kind].Via;

        /// <summary>The value of the parameter <c>transport</c> of a <c>sip</c> URI; null when it needs none.</summary>
        public string? UriParameter => All[(int)kind].UriParameter;

        /// <summary>The port when none is named.</summary>
        public int DefaultPort => All[(int)kind].Port;

        /// <summary>Whether TLS protects it.</summary>
        public bool IsSecure => kind is SipTransportKind.Tls or SipTransportKind.Wss;

        /// <summary>Whether it is a WebSocket, whose clients nobody else can connect to.</summary>
        public bool IsWebSocket => kind is SipTransportKind.Ws or SipTransportKind.Wss;
    }

    /// <summary>The port of a Via that names none.</summary>
    public static int DefaultPortOf(string viaName) =>
        Array.Find(All, each => each.Via == viaName)?.Port ?? SipTransportKind.Udp.DefaultPort;
}
