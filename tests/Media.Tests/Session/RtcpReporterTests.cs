using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>RTCP with a clock of the test's own: what is sent when, and what is made of what comes (RFC 3550 §6).</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class RtcpReporterTests : IDisposable
{
    private const uint Theirs = 77;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Socket _socket = Bound();
    private readonly Socket _peer = Bound();
    private readonly MediaProtection _protection = new();
    private readonly Transmitter _transmitter;
    private readonly Receiver _receiver = new(new WorkingSet());
    private readonly RtcpReporter _reporter;
    private ushort _sequence;
    private long _tick;

    public RtcpReporterTests()
    {
        _transmitter = new Transmitter(_socket, _protection, _ => { }) { Destination = PeerAddress };
        _reporter = new RtcpReporter(_socket, _socket, _protection, _transmitter, _receiver, DateTimeOffset.UnixEpoch.AddDays(20_000), Interval);
        var audio = new NegotiatedAudio { Codec = AudioCodec.Pcmu, PayloadType = 0, ReceivePayloadType = 0 };
        _receiver.Configure(audio, null);
        _transmitter.Configure(audio);
        _reporter.Configure(PeerAddress, mux: false);
    }

    private SocketAddress PeerAddress => _peer.LocalEndPoint!.Serialize();

    public void Dispose()
    {
        _socket.Dispose();
        _peer.Dispose();
        _protection.Dispose();
    }

    [Fact]
    public void Reports_come_at_random_times_around_the_interval_and_the_first_after_half_of_it()
    {
        var times = new List<double>();
        var now = 0.0;
        while (times.Count < 400)
        {
            _reporter.Tick(0, now);
            if (TryReceive(out _))
                times.Add(now);
            now += 0.02;
        }
        // RFC 3550 §6.3.1: from half to one and a half of the interval, divided by e - 1.5.
        Assert.InRange(times[0], 1, 3.1);
        var gaps = times.Zip(times.Skip(1), (a, b) => b - a).ToList();
        Assert.All(gaps, gap => Assert.InRange(gap, 2.5 / 1.22, 7.5 / 1.218 + 0.03));
        Assert.InRange(gaps.Average(), 3.8, 4.4);
        Assert.InRange(gaps.Max() - gaps.Min(), 3, 5);
    }

    [Fact]
    public void Who_sent_since_the_last_report_but_one_is_a_sender()
    {
        SendPackets(3);
        Assert.Equal(3u, Report(10).Sender!.Value.Packets);
        Assert.Equal(480u, Report(20).Sender!.Value.Octets);
        Assert.Null(Report(30).Sender);
        SendPackets(1);
        Assert.Equal(4u, Report(40).Sender!.Value.Packets);
    }

    [Fact]
    public void The_round_trip_and_the_delay_since_their_report_are_told()
    {
        SendPackets(1);
        var ours = Report(10);
        Receive(1);
        Take(Datagram(new RtcpSenderInfo(0x1234_5678_9ABC_DEF0, 0, 1, 160), new RtcpReception(_transmitter.Ssrc, 0, 0, 0, 80, (uint)(ours.Sender!.Value.Ntp >> 16), 65536 * 2)), 12.25);
        var figures = _reporter.Figures(_receiver.Figures(default), 8000);
        Assert.Equal(0.25, figures.RoundTrip!.Value.TotalSeconds, 0.001);
        Assert.Equal(TimeSpan.FromMilliseconds(10), figures.JitterAtRemote);
        Assert.InRange(figures.MeanOpinionScoreAtRemote!.Value, 4.2, 4.4);
        var about = Report(22.25, theirSsrc: Theirs).AboutUs!.Value;
        Assert.Equal((0x5678_9ABCu, 65536u * 10), (about.LastSenderReport, about.Delay));
    }

    [Fact]
    public void The_time_of_a_report_is_told_to_no_other_source()
    {
        Receive(1);
        Take(Datagram(new RtcpSenderInfo(1UL << 40, 0, 1, 160), null), 12);
        foreach (var sequence in new ushort[] { 500, 501 })
            Receive(sequence, ssrc: 99);
        var about = Report(15, theirSsrc: 99).AboutUs!.Value;
        Assert.Equal((99u, 0u, 0u), (about.Ssrc, about.LastSenderReport, about.Delay));
    }

    [Fact]
    public void A_round_trip_that_can_not_be_is_none()
    {
        Take(Datagram(null, new RtcpReception(_transmitter.Ssrc, 0, 0, 0, 0, 1, 0)), 10);
        Take(Datagram(null, new RtcpReception(_transmitter.Ssrc, 0, 0, 0, 0, 0, 0)), 10);
        Assert.Null(_reporter.Figures(default, 8000).RoundTrip);
    }

    [Fact]
    public void Who_never_sent_anything_says_no_bye_and_who_reported_does()
    {
        _reporter.Bye(0, 1);
        Assert.False(TryReceive(out _));
        Report(10);
        _reporter.Bye(0, 11);
        Assert.True(TryReceive(out var bye));
        Assert.True(RtcpReport.TryParse(bye, 0, out var parsed));
        Assert.Equal((_transmitter.Ssrc, true), (parsed.Ssrc, parsed.Bye));
    }

    [Fact]
    public void A_bye_of_another_source_and_our_own_report_are_not_the_other_side_s()
    {
        var other = Datagram(null, null, bye: true);
        other[^1] ^= 1;
        Take(other, 1);
        Assert.False(_reporter.Figures(default, 8000).RemoteLeft);
        var own = new byte[256];
        own = own[..RtcpReport.Write(own, _transmitter.Ssrc, null, null, "x"u8, bye: true)];
        Assert.False(_reporter.Received(own, PeerAddress, 1));
        Take(Datagram(null, null, bye: true), 1);
        Assert.True(_reporter.Figures(default, 8000).RemoteLeft);
    }

    // The report that goes out at this time.
    private RtcpReport Report(double now, uint? theirSsrc = null)
    {
        _reporter.Tick(_tick, now - 9);
        _reporter.Tick(_tick, now);
        byte[]? last = null;
        while (TryReceive(out var datagram))
            last = datagram;
        Assert.NotNull(last);
        Assert.True(RtcpReport.TryParse(last, theirSsrc ?? 0, out var report));
        return report;
    }

    private void Take(byte[] datagram, double now) => Assert.True(_reporter.Received(datagram, PeerAddress, now));

    private static byte[] Datagram(RtcpSenderInfo? sender, RtcpReception? reception, bool bye = false)
    {
        var datagram = new byte[256];
        return datagram[..RtcpReport.Write(datagram, Theirs, sender, reception, "them"u8, bye)];
    }

    private void Receive(ushort sequence, uint ssrc = Theirs)
    {
        var datagram = new byte[172];
        RtpPacket.WriteHeader(datagram, 0, false, sequence, sequence * 160u, ssrc);
        Assert.True(_receiver.Received(datagram, PeerAddress, _sequence++ * 0.02));
    }

    private void SendPackets(int count)
    {
        _transmitter.Begin(new Playback(new UnifiedMsg.Media.Audio.AudioClip(new short[160 * count], 8000).Open()));
        for (var i = 0; i <= count; i++)
            _transmitter.Tick(_tick++);
        while (TryReceive(out _))
        {
        }
    }

    // Loopback delivers before the send returns.
    private bool TryReceive(out byte[] datagram)
    {
        datagram = [];
        if (_peer.Available == 0)
            return false;
        var buffer = new byte[512];
        datagram = buffer[.._peer.Receive(buffer)];
        return true;
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
