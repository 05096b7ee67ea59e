using System.Net;

namespace UnifiedMsg.Sip.Transports;

/// <summary>
/// Whom a connection leads to. With TLS that is an address and the name that it has proved there; a client that has proved none is nobody
/// to send new requests to (RFC 5923 §9.1).
/// </summary>
/// <param name="Remote">Where.</param>
/// <param name="Name">The name, in lower case; null without TLS and for clients.</param>
internal readonly record struct FlowKey(IPEndPoint Remote, string? Name);
