using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Told when a message could not be sent, or when the connection ends that its answer was to come by.</summary>
internal interface ISendObserver
{
    void SendFailed(string reason);
}

/// <summary>A way to one peer: a UDP socket and the peer's address, or a connection.</summary>
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

    /// <summary>The certificate that a client has shown, which leads to an authority of ours; else null.</summary>
    public virtual X509Certificate2? ClientCertificate => null;

    /// <summary>Whether we let the peer send its requests to us by this connection, which we opened and proved our name on (RFC 5923 §8).</summary>
    public virtual bool OffersAlias => false;

    public string ViaTransport => Kind.ViaName;

    /// <summary>The way to another port of the peer, from the same socket where there is one.</summary>
    public virtual SipFlow Beside(int port) => this;

    /// <summary>Sends without waiting. A failure, now or later, is told to the observer.</summary>
    public abstract void Send(byte[] message, ISendObserver? observer);

    /// <summary>From now on the observer is told when the connection ends.</summary>
    public virtual void Watch(ISendObserver observer)
    {
    }

    public virtual void Unwatch(ISendObserver observer)
    {
    }

    // Never within Send: the sender may hold locks that the observer's user wants in another order.
    protected static void Fail(ISendObserver? observer, string reason)
    {
        if (observer is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static a => a.observer.SendFailed(a.reason), (observer, reason), preferLocal: false);
    }

    public override string ToString() => $"{Kind.Scheme}:{Remote}";
}

/// <summary>How a peer reaches us.</summary>
/// <param name="Host">What Via and Contact say; an IPv6 address in brackets.</param>
/// <param name="Port">The listening port; null when nobody can connect to us (RFC 7118 §5.2).</param>
/// <param name="Address">Our own address towards that peer, whatever is advertised.</param>
internal sealed record SipAddress(string Host, int? Port, IPAddress Address)
{
    /// <summary>Host and port as Via and Contact write them.</summary>
    public string HostPort { get; } = Port is null ? Host : $"{Host}:{Port}";
}
