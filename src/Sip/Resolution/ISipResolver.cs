using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Resolution;

/// <summary>An address to try.</summary>
/// <param name="Transport">How to reach it.</param>
/// <param name="EndPoint">Where.</param>
/// <param name="Name">The domain or address that was looked for, which the certificate of a TLS server must name; null: the address.</param>
public readonly record struct SipTarget(SipTransportKind Transport, IPEndPoint EndPoint, string? Name = null);

/// <summary>Turns the host of a URI into addresses to try, best first (RFC 3263 §4).</summary>
public interface ISipResolver
{
    /// <summary>The addresses; empty when the host is not known.</summary>
    ValueTask<IReadOnlyList<SipTarget>> ResolveAsync(SipUri uri, CancellationToken cancellationToken);
}
