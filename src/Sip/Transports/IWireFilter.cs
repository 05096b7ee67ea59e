using System.Net;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Sees every message on the wire, and may lose it as a bad network would.</summary>
internal interface IWireFilter
{
    /// <summary>True to lose the message.</summary>
    bool Drops(bool outgoing, ReadOnlySpan<byte> message, IPEndPoint remote);
}
