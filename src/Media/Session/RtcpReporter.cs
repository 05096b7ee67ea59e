using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Session;

/// <summary>Sends and reads the RTCP of one call (RFC 3550 §6), on its own port or on that of RTP (RFC 5761).</summary>
/// <param name="rtp">Where it goes out when both share a port.</param>
/// <param name="rtcp">Where it goes out else.</param>
/// <param name="protection">The keys of the call.</param>
/// <param name="transmitter">What is reported as sent.</param>
/// <param name="receiver">What is reported as received.</param>
/// <param name="start">The time of day at which the clock of <c>now</c> began. Both times of a round trip come of that clock, so that a time
/// of day that is set disturbs none.</param>
/// <param name="interval">The mean time between reports.</param>
internal sealed class RtcpReporter(
    Socket rtp, Socket rtcp, MediaProtection protection, Transmitter transmitter, Receiver receiver, DateTimeOffset start, TimeSpan interval)
{
    // Seconds between the epochs of NTP (1900) and Unix (1970).
    private const double NtpToUnix = 2_208_988_800;

    // RFC 3550 §6.3.1: with two members of a call the bandwidth would allow more than one report in five seconds, so that the minimum is
    // the interval. It is varied at random, and divided by e - 1.5 as the algorithm for many members demands of everyone.
    private const double Compensation = 1.21828;

    // A longer round trip is one of a peer that reckons wrongly.
    private const double LongestRoundTrip = 60;

    private readonly Lock _gate = new();
    private readonly byte[] _cname = Encoding.ASCII.GetBytes($"{Random.Shared.NextInt64():x16}@um");
    private readonly byte[] _packet = new byte[256];
    private SocketAddress? _destination;
    private bool _mux;
    private double _next = -1;
    private bool _hasReported;
    private uint _sentAtLast;
    private uint _sentAtLastButOne;
    private uint _senderReportOf;
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

    // RFC 3550 §6.2: at random, so that calls do not report all at once; the first after half the time.
    public void Tick(long tick, double now)
    {
        if (_next < 0)
            _next = now + NextInterval() / 2;
        if (now < _next)
            return;
        _next = now + NextInterval();
        lock (_gate)
            Send(tick, now, bye: false);
    }

    // RFC 3550 §6.3.7: with so few members at once; but who never sent anything, of RTP or RTCP, does not say it.
    public void Bye(long tick, double now)
    {
        lock (_gate)
        {
            if (transmitter.PacketsSent > 0 || _hasReported)
                Send(tick, now, bye: true);
            _hasReported = false;
            _sentAtLast = _sentAtLastButOne = 0;
        }
    }

    public bool Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        // Under our own name it is a report of ours that came back (RFC 3550 §8.2).
        if (!receiver.IsFrom(source) || !RtcpReport.TryParse(datagram, transmitter.Ssrc, out var report) || report.Ssrc == transmitter.Ssrc)
            return false;
        lock (_gate)
            Take(report, source, now);
        return true;
    }

    private void Take(RtcpReport report, SocketAddress source, double now)
    {
        // Behind address translation RTCP has a port of its own too.
        if (_destination is null || !_destination.Equals(source))
            _destination = SymmetricLatch.Copy(source);
        if (report.Sender is { } sender)
        {
            _senderReportOf = report.Ssrc;
            _lastSenderReport = (uint)(sender.Ntp >> 16);
            _lastSenderReportAt = now;
        }
        if (report.AboutUs is { } about)
        {
            _aboutUs = about;
            // RFC 3550 §6.4.1: round trip = now - LSR - DLSR, in 65,536ths of a second.
            var ticks = (int)((uint)(Ntp(now) >> 16) - about.LastSenderReport - about.Delay);
            if (about.LastSenderReport != 0 && ticks is >= 0 and < (int)(LongestRoundTrip * 65536))
                _roundTrip = TimeSpan.FromSeconds(ticks / 65536.0);
        }
        _remoteLeft |= report.Bye;
    }

    public MediaFigures Figures(MediaFigures figures, int clockRate)
    {
        lock (_gate)
        {
            var jitterAtRemote = _aboutUs is { } about ? TimeSpan.FromSeconds((double)about.Jitter / clockRate) : (TimeSpan?)null;
            var expected = figures.PacketsReceived + figures.PacketsLost;
            return figures with
            {
                PacketsSent = transmitter.AllPacketsSent,
                PacketsLostByRemote = _aboutUs?.Lost,
                JitterAtRemote = jitterAtRemote,
                RoundTrip = _roundTrip,
                RemoteLeft = _remoteLeft,
                MeanOpinionScore = figures.PacketsReceived == 0 ? null
                    : VoiceQuality.MeanOpinionScore((double)figures.PacketsLost / Math.Max(1, expected), VoiceQuality.Delay(_roundTrip, figures.Jitter)),
                MeanOpinionScoreAtRemote = jitterAtRemote is null || transmitter.PacketsSent == 0 ? null
                    : VoiceQuality.MeanOpinionScore(
                        (double)_aboutUs!.Value.Lost / transmitter.PacketsSent, VoiceQuality.Delay(_roundTrip, jitterAtRemote.Value)),
            };
        }
    }

    private double NextInterval() => interval.TotalSeconds * (0.5 + Random.Shared.NextDouble()) / Compensation;

    private void Send(long tick, double now, bool bye)
    {
        if ((_mux ? transmitter.Destination : _destination) is not { } destination)
            return;
        // RFC 3550 §6.4: a sender is who sent since the last report but one.
        RtcpSenderInfo? sender = transmitter.PacketsSent == _sentAtLastButOne ? null
            : new RtcpSenderInfo(Ntp(now), transmitter.TimestampAt(tick), transmitter.PacketsSent, transmitter.OctetsSent);
        (_sentAtLastButOne, _sentAtLast) = (_sentAtLast, transmitter.PacketsSent);
        _hasReported = true;
        var length = RtcpReport.Write(_packet, transmitter.Ssrc, sender, Reception(now), _cname, bye);
        length = protection.ProtectReport(_packet, length);
        if (length == 0)
            return;
        // Reports may get lost; the next one says more.
        DatagramSending.TrySend(_mux ? rtp : rtcp, _packet.AsSpan(0, length), destination);
    }

    // The last sender report is told only to the source that sent it: another has no use for its time.
    private RtcpReception? Reception(double now) => receiver.Report() is not { } report ? null
        : report.Ssrc != _senderReportOf || _lastSenderReport == 0 ? report
        : report with { LastSenderReport = _lastSenderReport, Delay = (uint)((now - _lastSenderReportAt) * 65536) };

    private ulong Ntp(double now)
    {
        var seconds = (start - DateTimeOffset.UnixEpoch).TotalSeconds + now + NtpToUnix;
        var whole = Math.Floor(seconds);
        return (ulong)whole << 32 | (uint)((seconds - whole) * uint.MaxValue);
    }
}
