using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Session;

/// <summary>Sends and reads the RTCP of one call (RFC 3550 §6), on its own port or on that of RTP (RFC 5761).</summary>
internal sealed class RtcpReporter(
    Socket rtp, Socket rtcp, MediaProtection protection, Transmitter transmitter, Receiver receiver, TimeProvider time, TimeSpan interval)
{
    // Seconds between the epochs of NTP (1900) and Unix (1970).
    private const ulong NtpToUnix = 2_208_988_800;

    private readonly Lock _gate = new();
    private readonly byte[] _cname = Encoding.ASCII.GetBytes($"{Random.Shared.NextInt64():x16}@um");
    private readonly byte[] _packet = new byte[256];
    private SocketAddress? _destination;
    private bool _mux;
    private double _next = -1;
    private uint _sentBefore;
    private uint _lastSenderReport;
    private double _lastSenderReportAt;
    private RtcpReception? _aboutUs;
    private TimeSpan? _roundTrip;
    private bool _remoteLeft;

    // With mux reports go where RTP goes, from the port of RTP; remote means nothing then.
    public void Configure(SocketAddress? remote, bool mux)
    {
        lock (_gate)
        {
            _destination = remote;
            _mux = mux;
        }
    }

    // RFC 3550 §6.2: at random between half the interval and one and a half of it, so that calls do not report all at once.
    public void Tick(long tick, double now)
    {
        if (_next < 0)
            _next = now + interval.TotalSeconds * (0.5 + Random.Shared.NextDouble());
        if (now < _next)
            return;
        _next = now + interval.TotalSeconds * (0.5 + Random.Shared.NextDouble());
        lock (_gate)
            Send(tick, now, bye: false);
    }

    // RFC 3550 §6.3.7: who never sent anything does not say BYE.
    public void Bye(long tick, double now)
    {
        lock (_gate)
        {
            if (transmitter.PacketsSent > 0)
                Send(tick, now, bye: true);
        }
    }

    public bool Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        if (!receiver.IsFrom(source) || !RtcpReport.TryParse(datagram, transmitter.Ssrc, out var report))
            return false;
        lock (_gate)
            Take(report, source, now);
        return true;
    }

    private void Take(RtcpReport report, SocketAddress source, double now)
    {
        // Behind address translation RTCP has a port of its own too.
        if (_destination is null || !_destination.Equals(source))
        {
            _destination = new SocketAddress(source.Family, source.Size);
            source.Buffer.Span[..source.Size].CopyTo(_destination.Buffer.Span);
        }
        if (report.Sender is { } sender)
        {
            _lastSenderReport = (uint)(sender.Ntp >> 16);
            _lastSenderReportAt = now;
        }
        if (report.AboutUs is { } about)
        {
            _aboutUs = about;
            // RFC 3550 §6.4.1: round trip = now - LSR - DLSR, in 65,536ths of a second; a negative one comes of clocks that were set.
            var ticks = (int)((uint)(Ntp() >> 16) - about.LastSenderReport - about.Delay);
            if (about.LastSenderReport != 0 && ticks >= 0)
                _roundTrip = TimeSpan.FromSeconds(ticks / 65536.0);
        }
        _remoteLeft |= report.Bye;
    }

    public MediaFigures Figures(MediaFigures figures, int clockRate)
    {
        lock (_gate)
        {
            return figures with
            {
                PacketsSent = transmitter.PacketsSent,
                PacketsLostByRemote = _aboutUs?.Lost,
                JitterAtRemote = _aboutUs is { } about ? TimeSpan.FromSeconds((double)about.Jitter / clockRate) : null,
                RoundTrip = _roundTrip,
                RemoteLeft = _remoteLeft,
            };
        }
    }

    private void Send(long tick, double now, bool bye)
    {
        if ((_mux ? transmitter.Destination : _destination) is not { } destination)
            return;
        RtcpSenderInfo? sender = transmitter.PacketsSent == _sentBefore ? null
            : new RtcpSenderInfo(Ntp(), transmitter.TimestampAt(tick), transmitter.PacketsSent, transmitter.OctetsSent);
        _sentBefore = transmitter.PacketsSent;
        var delay = _lastSenderReport == 0 ? 0 : (uint)((now - _lastSenderReportAt) * 65536);
        var length = RtcpReport.Write(_packet, transmitter.Ssrc, sender, receiver.Report(_lastSenderReport, delay), _cname, bye);
        length = protection.ProtectReport(_packet, length);
        if (length == 0)
            return;
        try
        {
            (_mux ? rtp : rtcp).SendTo(_packet.AsSpan(0, length), SocketFlags.None, destination);
        }
        catch (SocketException)
        {
            // Reports may get lost; the next one says more.
        }
    }

    private ulong Ntp()
    {
        var now = time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        var seconds = (ulong)now.TotalSeconds;
        return (seconds + NtpToUnix) << 32 | (ulong)((now.TotalSeconds - seconds) * uint.MaxValue);
    }
}
