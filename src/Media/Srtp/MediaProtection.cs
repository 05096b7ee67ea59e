namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// How the packets of one call are protected now: not at all, by SRTP, or not yet, while keys are still being agreed on and nothing may
/// leave in clear. May be used by several threads.
/// </summary>
internal sealed class MediaProtection : IDisposable
{
    private readonly Lock _gate = new();
    private volatile SrtpSession? _session;
    private volatile bool _required;

    /// <summary>False while keys are awaited: what is to be sent has to wait.</summary>
    public bool IsReady => !_required || _session is not null;

    /// <summary>True when packets have to be authenticated.</summary>
    public bool IsRequired => _required;

    /// <summary>Packets go in clear from now on.</summary>
    public void None() => Set(null, required: false);

    /// <summary>No packet is sent or taken until <see cref="Use"/>.</summary>
    public void AwaitKeys() => Set(null, required: true);

    /// <summary>Packets are protected with these keys from now on. Keys that are in use already go on being used.</summary>
    public void Use(SrtpKeys keys)
    {
        lock (_gate)
        {
            _session = _session?.Follow(keys) ?? new SrtpSession(keys);
            _required = true;
        }
    }

    /// <summary>Protects an RTP packet in place; see <see cref="SrtpSession.Protect"/>.</summary>
    public int Protect(Span<byte> buffer, int length) => _session is { } session ? session.Protect(buffer, length) : _required ? 0 : length;

    /// <summary>Protects an RTCP packet in place; see <see cref="SrtpSession.ProtectReport"/>.</summary>
    public int ProtectReport(Span<byte> buffer, int length) => _session is { } session ? session.ProtectReport(buffer, length) : _required ? 0 : length;

    /// <summary>Takes the protection off an RTP packet in place; see <see cref="SrtpSession.TryUnprotect"/>. Only when <see cref="IsRequired"/>.</summary>
    public bool TryUnprotect(Span<byte> packet, out int length)
    {
        length = 0;
        return _session is { } session && session.TryUnprotect(packet, out length);
    }

    /// <summary>Takes the protection off an RTCP packet in place, as <see cref="TryUnprotect"/> does.</summary>
    public bool TryUnprotectReport(Span<byte> packet, out int length)
    {
        length = 0;
        return _session is { } session && session.TryUnprotectReport(packet, out length);
    }

    /// <summary>Overwrites the session keys. If there were any, nothing is sent or taken afterwards.</summary>
    public void Dispose() => Set(null, _required);

    private void Set(SrtpSession? session, bool required)
    {
        lock (_gate)
        {
            _required = required;
            _session?.Dispose();
            _session = session;
        }
    }
}
