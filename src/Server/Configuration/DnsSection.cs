using System.Net;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Name look-ups for outgoing mail and SIP.</summary>
public sealed record DnsSection
{
    /// <summary>The name servers.</summary>
    [Option("Name servers as ADDRESS or ADDRESS:PORT; empty for those of the system.", Example = "[\"192.0.2.53\"]")]
    public IReadOnlyList<DnsServer> Servers { get; init; } = [];
}

/// <summary>A name server, written as an address with or without a port (53).</summary>
/// <param name="EndPoint">Address and port.</param>
public sealed record DnsServer(IPEndPoint EndPoint)
{
    /// <summary>Reads the notation.</summary>
    public static bool TryParse(string? text, out DnsServer? server)
    {
        server = EndPointText.TryParse(text, defaultPort: 53, out var endPoint) ? new DnsServer(endPoint) : null;
        return server is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => EndPoint.ToString();
}
