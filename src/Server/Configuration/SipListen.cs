using System.Net;

namespace UnifiedMsg.Server.Configuration;

/// <summary>How SIP is carried.</summary>
public enum SipCarrier
{
    /// <summary>Datagrams.</summary>
    Udp,

    /// <summary>A plain stream.</summary>
    Tcp,

    /// <summary>A stream inside TLS.</summary>
    Tls,

    /// <summary>A WebSocket.</summary>
    Ws,

    /// <summary>A WebSocket inside TLS.</summary>
    Wss,
}

/// <summary>Where SIP is listened for, written <c>udp://127.0.0.1:5060</c>.</summary>
/// <param name="Carrier">How it is carried.</param>
/// <param name="EndPoint">Address and port; port 0 means any free port.</param>
public sealed record SipListen(SipCarrier Carrier, IPEndPoint EndPoint)
{
    /// <summary>Whether it needs a certificate.</summary>
    public bool IsSecure => Carrier is SipCarrier.Tls or SipCarrier.Wss;

    /// <summary>Reads the notation; without a port, 5060, 5061 for TLS (RFC 3261 §19.1.2), 80 and 443 for WebSockets (RFC 7118 §5.3).</summary>
    public static bool TryParse(string? text, out SipListen? listen)
    {
        listen = null;
        var split = text?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        if (split <= 0 || !Enum.TryParse<SipCarrier>(text![..split], ignoreCase: true, out var carrier) || char.IsDigit(text[0])
            || !EndPointText.TryParse(text[(split + 3)..], DefaultPort(carrier), out var endPoint))
            return false;
        listen = new SipListen(carrier, endPoint!);
        return true;
    }

    private static int DefaultPort(SipCarrier carrier) => carrier switch
    {
        SipCarrier.Tls => 5061,
        SipCarrier.Ws => 80,
        SipCarrier.Wss => 443,
        _ => 5060,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Carrier.ToString().ToLowerInvariant()}://{EndPoint}";
}
