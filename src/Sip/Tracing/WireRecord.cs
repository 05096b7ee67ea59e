using System.Net;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// A message as it went over the wire, secrets and all: it never leaves the process like this. The flow itself is not held, since
/// with it the buffers of a dead connection would stay.
/// </summary>
internal readonly struct WireRecord(long at, bool outgoing, SipFlow flow, byte[] octets)
{
    private readonly SipTransportKind _transport = flow.Kind;
    private readonly SipAddress _own = flow.Own;
    private readonly IPEndPoint _remote = flow.Remote;

    public byte[] Octets { get; } = octets;

    public bool Outgoing { get; } = outgoing;

    public long At { get; } = at;

    public TracedMessage Masked(TimeProvider time)
    {
        var ago = time.GetElapsedTime(At, time.GetTimestamp());
        return new TracedMessage(
            time.GetUtcNow() - ago, Outgoing, _transport, new IPEndPoint(_own.Address, _own.Port ?? 0), _remote, SecretMask.Masked(Octets));
    }
}
