using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>A packet allocates nothing, received or sent: thousands of calls would keep the collector busy otherwise.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class AllocationTests : IDisposable
{
    private static readonly NegotiatedAudio Audio = new() { Codec = AudioCodec.Pcmu, PayloadType = 0, ReceivePayloadType = 0 };
    private readonly string _folder = Directory.CreateTempSubdirectory("um-allocation-").FullName;
    private readonly SocketAddress _source = new IPEndPoint(IPAddress.Loopback, 9).Serialize();
    private readonly byte[] _datagram = new byte[172];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Receiving_and_recording_a_packet_allocates_nothing()
    {
        using var disk = new RecordingDisk(new RecordingDiskOptions(), TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path.Combine(_folder, "call.wav"), 8000, CancellationToken.None);
        var receiver = new Receiver(new WorkingSet());
        receiver.Configure(Audio, null);
        receiver.Start(new RecordingMonitor(writer, new RecordingLimits { MaxSilence = TimeSpan.FromHours(1), MediaTimeout = TimeSpan.FromHours(1) }, 8000, 0), 0);
        var packets = 0;
        Assert.Equal(0, LeastAllocated(() =>
        {
            Receive(receiver, packets, packets + 1000);
            packets += 1000;
            // Time passes slower than this between packets: what is written is free again.
            while (disk.Writer.Waiting > 0)
                Thread.Yield();
        }));
        Assert.Equal(packets / 10 * 9, receiver.Figures(default).PacketsReceived);
        Assert.Null(writer.Failure);
    }

    [Fact]
    public void Playing_a_packet_allocates_nothing()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var protection = new MediaProtection();
        var transmitter = new Transmitter(socket, protection, _ => { }) { Destination = socket.LocalEndPoint!.Serialize() };
        transmitter.Configure(Audio);
        transmitter.Begin(new Playback(AudioClip.Silence(TimeSpan.FromMinutes(1)).Open()));
        var tick = 0;
        Assert.Equal(0, LeastAllocated(() =>
        {
            for (var i = 0; i < 300; i++)
            {
                transmitter.Tick(tick++);
                socket.Receive(_datagram, SocketFlags.None, out _);
            }
        }));
        Assert.Equal((uint)tick, transmitter.PacketsSent);
    }

    // A collection that another thread starts counts the rest of this thread's buffer as allocated, so one round of several tells.
    private static long LeastAllocated(Action round)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 8; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }

    // One of ten packets is lost and some come in the wrong order.
    private void Receive(Receiver receiver, int from, int to)
    {
        for (var packet = from; packet < to; packet++)
        {
            var sequence = packet % 10 == 4 ? packet + 1 : packet % 10 == 5 ? packet - 1 : packet;
            if (packet % 10 == 7)
                continue;
            RtpPacket.WriteHeader(_datagram, 0, false, (ushort)sequence, (uint)sequence * 160, 1);
            if (!receiver.Received(_datagram, _source, packet * 0.02))
                throw new InvalidOperationException("nobody collides here");
            receiver.Tick(packet * 0.02);
        }
    }
}
