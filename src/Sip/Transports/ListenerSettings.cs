using System.Net;
using UnifiedMsg.Network;

namespace UnifiedMsg.Sip.Transports;

/// <summary>How the listener of a transport listens.</summary>
internal static class ListenerSettings
{
    /// <summary>Null when nothing is to be listened on.</summary>
    public static StreamListenerOptions? For(SipTransportKind kind, SipOptions options)
    {
        IPEndPoint[] endPoints = [.. options.Listen.Where(p => p.Transport == kind).Select(p => p.EndPoint)];
        return endPoints.Length == 0 ? null : new StreamListenerOptions
        {
            Name = $"sip ({kind.Scheme})",
            EndPoints = endPoints,
            SeparateAddressFamilies = true,
            ImplicitTls = kind.IsSecure,
            Certificate = options.Tls.Certificate,
            ClientCertificates = options.Tls.ClientCertificates,
            ClientAuthorities = options.Tls.ClientAuthorities,
            HandshakeTimeout = options.Tls.HandshakeTimeout,
            MaxConnections = options.MaxConnections,
            MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
        };
    }
}
