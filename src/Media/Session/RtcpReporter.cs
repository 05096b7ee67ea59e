using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Session;

/// <summary>Sends and reads the RTCP of one call (RFC 3550 §6).</summary>
internal sealed class RtcpReporter(Socket socket, Transmitter transmitter, Receiver receiver, TimeProvider time, TimeSpan interval)
{
    // Seconds between the epochs of NTP (1900) and Unix (1970).
    private const ulong NtpToUnix = 2_208_988_800;

    private readonly Lock gate = new();
    private readonly byte[] cname = Encoding.ASCII.GetBytes($"{Random.Shared.NextInt64():x16}@um");
    private readonly byte[] packet = new byte[256];
    private SocketAddress? destination;
    private double next = -1;
    private uint sentBefore;
    private uint lastSenderReport;
    private double lastSenderReportAt;
    private RtcpReception? aboutUs;
    private TimeSpan? roundTrip;
    private bool remoteLeft;

    public void Configure(SocketAddress? remote)
    {
        lock (gate)
            destination = remote;
    }

    // RFC 3550 §6.2: at random between half the interval and one and a half of it, so that calls do not report all at once.
    public void Tick(long tick, double now)
    {
        if (next < 0)
            next = now + interval.TotalSeconds * (0.5 + Random.Shared.NextDouble());
        if (now < next)
            return;
        next = now + interval.TotalSeconds * (0.5 + Random.Shared.NextDouble());
        lock (gate)
            Send(tick, now, bye: false);
    }

    // RFC 3550 §6.3.7: who never sent anything does not say BYE.
    public void Bye(long tick, double now)
    {
        lock (gate)
        {
            if (transmitter.PacketsSent > 0)
                Send(tick, now, bye: true);
        }
    }

    public bool Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        if (!receiver.IsFrom(source) || !RtcpReport.TryParse(datagram, transmitter.Ssrc, out var report))
            return false;
        lock (gate)
            Take(report, source, now);
        return true;
    }

    private void Take(RtcpReport report, SocketAddress source, double now)
    {
        // Behind address translation RTCP has a port of its own too.
        if (destination is null || !destination.Equals(source))
        {
            destination = new SocketAddress(source.Family, source.Size);
            source.Buffer.Span[..source.Size].CopyTo(destination.Buffer.Span);
        }
        if (report.Sender is { } sender)
        {
            lastSenderReport = (uint)(sender.Ntp >> 16);
            lastSenderReportAt = now;
        }
        if (report.AboutUs is { } about)
        {
            aboutUs = about;
            // RFC 3550 §6.4.1: round trip = now - LSR - DLSR, in 65,536ths of a second; a negative one comes of clocks that were set.
            var ticks = (int)((uint)(Ntp() >> 16) - about.LastSenderReport - about.Delay);
            if (about.LastSenderReport != 0 && ticks >= 0)
                roundTrip = TimeSpan.FromSeconds(ticks / 65536.0);
        }
        remoteLeft |= report.Bye;
    }

    public MediaFigures Figures(MediaFigures figures, int clockRate)
    {
        lock (gate)
        {
            return figures with
            {
                PacketsSent = transmitter.PacketsSent,
                PacketsLostByRemote = aboutUs?.Lost,
                JitterAtRemote = aboutUs is { } about ? TimeSpan.FromSeconds((double)about.Jitter / clockRate) : null,
                RoundTrip = roundTrip,
                RemoteLeft = remoteLeft,
            };
        }
    }

    private void Send(long tick, double now, bool bye)
    {
        if (destination is null)
            return;
        RtcpSenderInfo? sender = transmitter.PacketsSent == sentBefore ? null
            : new RtcpSenderInfo(Ntp(), transmitter.TimestampAt(tick), transmitter.PacketsSent, transmitter.OctetsSent);
        sentBefore = transmitter.PacketsSent;
        var delay = lastSenderReport == 0 ? 0 : (uint)((now - lastSenderReportAt) * 65536);
        var length = RtcpReport.Write(packet, transmitter.Ssrc, sender, receiver.Report(lastSenderReport, delay), cname, bye);
        try
        {
            socket.SendTo(packet.AsSpan(0, length), SocketFlags.None, destination);
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
