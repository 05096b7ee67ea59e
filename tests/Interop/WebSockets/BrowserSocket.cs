using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.WebSockets;

/// <summary>A WebSocket as a browser opens it for SIP (RFC 7118 §4).</summary>
internal static class BrowserSocket
{
    /// <summary>Opens one, over TLS to nobody but the installation.</summary>
    public static async Task<ClientWebSocket> ConnectAsync(Installation installation, SipCarrier carrier, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("sip");
        using var trusted = X509CertificateLoader.LoadCertificateFromFile(installation.Certificate);
        var thumbprint = trusted.Thumbprint;
        socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && certificate.Thumbprint == thumbprint;
        await socket.ConnectAsync(new Uri($"{carrier.ToString().ToLowerInvariant()}://127.0.0.1:{installation.SipPort(carrier)}/"), cancellationToken);
        return socket;
    }
}
