namespace UnifiedMsg.Media.Srtp;

/// <summary>The protection of one call's packets, both ways, RTP and RTCP. May be used by several threads.</summary>
public sealed class SrtpSession : IDisposable
{
    /// <summary>By how many octets a packet grows at most: a tag of 16 (RFC 7714) and the index of SRTCP.</summary>
    public const int MaxOverhead = 16 + 4;

    private readonly SrtpKeys _keys;
    private readonly SrtpSender _sender;
    private readonly SrtpReceiver _receiver;
    private readonly SrtcpSender _reporter;
    private readonly SrtcpReceiver _reports;

    /// <summary>Begins with keys.</summary>
    /// <param name="keys">The keys of both ways. They pass to the session, which overwrites them when they are no longer used.</param>
    public SrtpSession(SrtpKeys keys) : this(keys, null)
    {
    }

    private SrtpSession(SrtpKeys keys, SrtpSession? before)
    {
        _keys = keys;
        // Under the same key nothing may begin anew: an index that is used twice tells what both packets contain (RFC 3711 §9.1).
        var sameLocal = before is not null && before._keys.Local.Matches(keys.Local);
        var sameRemote = before is not null && before._keys.Remote.Matches(keys.Remote);
        _sender = sameLocal ? before!._sender : new SrtpSender(keys.Local, before?._sender);
        _reporter = sameLocal ? before!._reporter : new SrtcpSender(keys.Local);
        _receiver = sameRemote ? before!._receiver : new SrtpReceiver(keys.Remote, before?._receiver);
        _reports = sameRemote ? before!._reports : new SrtcpReceiver(keys.Remote);
        before?.Leave(keys, sameLocal, sameRemote);
    }

    /// <summary>The suite agreed on.</summary>
    public SrtpSuite Suite => _keys.Suite;

    /// <summary>The session under the keys of a new offer and answer; this one when they are the same. Use only what is returned.</summary>
    public SrtpSession Follow(SrtpKeys keys) =>
        _keys.Local.Matches(keys.Local) && _keys.Remote.Matches(keys.Remote) ? this : new SrtpSession(keys, this);

    /// <summary>Protects an RTP packet in place.</summary>
    /// <param name="buffer">The packet and <see cref="MaxOverhead"/> octets of room.</param>
    /// <param name="length">The length of the packet.</param>
    /// <returns>The length to be sent; 0 when it must not be sent.</returns>
    public int Protect(Span<byte> buffer, int length) => _sender.Protect(buffer, length);

    /// <summary>Protects a compound RTCP packet in place, as <see cref="Protect"/> does.</summary>
    public int ProtectReport(Span<byte> buffer, int length) => _reporter.Protect(buffer, length);

    /// <summary>Takes the protection off an RTP packet in place.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="length">The length of the packet in it.</param>
    /// <returns>False when the other side did not send it, or it came before; its content is undefined then.</returns>
    public bool TryUnprotect(Span<byte> packet, out int length) => _receiver.TryUnprotect(packet, out length);

    /// <summary>Takes the protection off a compound RTCP packet in place, as <see cref="TryUnprotect"/> does.</summary>
    public bool TryUnprotectReport(Span<byte> packet, out int length) => _reports.TryUnprotect(packet, out length);

    /// <summary>Overwrites the session keys; afterwards nothing is sent or taken.</summary>
    public void Dispose()
    {
        DisposeLocal();
        DisposeRemote();
        _keys.Dispose();
    }

    // What the next session does not go on with is overwritten.
    private void Leave(SrtpKeys next, bool sameLocal, bool sameRemote)
    {
        if (!sameLocal)
            DisposeLocal();
        if (!sameRemote)
            DisposeRemote();
        if (_keys.Local != next.Local)
            _keys.Local.Dispose();
        if (_keys.Remote != next.Remote)
            _keys.Remote.Dispose();
    }

    private void DisposeLocal()
    {
        _sender.Dispose();
        _reporter.Dispose();
    }

    private void DisposeRemote()
    {
        _receiver.Dispose();
        _reports.Dispose();
    }
}
