using System.Net;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Told when a message could not be sent.</summary>
internal interface ISendObserver
{
    void SendFailed(string reason);
}

/// <summary>A way to one peer: a UDP socket and the peer's address, or a TCP connection.</summary>
internal abstract class SipFlow(SipTransportKind kind, IPEndPoint remote, SipAddress own)
{
    public SipTransportKind Kind { get; } = kind;

    /// <summary>Where messages come from and go to.</summary>
    public IPEndPoint Remote { get; } = remote;

    /// <summary>How this peer reaches us.</summary>
    public SipAddress Own { get; } = own;

    /// <summary>What is held against whoever is there; kept here by the guard.</summary>
    public Guard.SourceState? Source { get; set; }

    /// <summary>Whether what is sent arrives or an error is told (RFC 3261 §17: reliable transport).</summary>
    public bool IsReliable => Kind != SipTransportKind.Udp;

    public virtual bool IsOpen => true;

    public string ViaTransport => Kind == SipTransportKind.Udp ? "UDP" : "TCP";

    /// <summary>Sends without waiting. A failure, now or later, is told to the observer.</summary>
    public abstract void Send(byte[] message, ISendObserver? observer);

    // Never within Send: the sender may hold locks that the observer's user wants in another order.
    protected static void Fail(ISendObserver? observer, string reason)
    {
        if (observer is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static a => a.observer.SendFailed(a.reason), (observer, reason), preferLocal: false);
    }

    public override string ToString() => $"{(Kind == SipTransportKind.Udp ? "udp" : "tcp")}:{Remote}";
}

/// <summary>How a peer reaches us.</summary>
/// <param name="Host">What Via and Contact say; an IPv6 address in brackets.</param>
/// <param name="Port">The listening port.</param>
/// <param name="Address">Our own address towards that peer, whatever is advertised.</param>
internal sealed record SipAddress(string Host, int Port, IPAddress Address);
