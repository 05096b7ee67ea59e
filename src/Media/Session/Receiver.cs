using System.Net;
using System.Threading.Channels;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Takes the RTP of one call: who it is from, whether it counts, keys, and the audio in its order. Its lock is held for one packet at a
/// time, by the socket's loop, the clock, or whoever starts and stops a recording.
/// </summary>
internal sealed class Receiver
{
    // Keys that nobody reads are not kept for ever; the newest matter.
    private const int MaxKeys = 64;
    private const int ComfortNoise = 13;

    private readonly Lock gate = new();
    private readonly SymmetricLatch latch = new();
    private readonly TelephoneEventReceiver events = new();
    private readonly IAudioDecoder?[] decoders = new IAudioDecoder?[128];
    private readonly Channel<char> keys = Channel.CreateBounded<char>(
        new BoundedChannelOptions(MaxKeys) { FullMode = BoundedChannelFullMode.DropOldest });
    private AudioTimeline? timeline;
    private AudioCodec? codec;
    private ReceptionStatistics? statistics;
    private int dtmfPayloadType = -1;
    private bool receives;
    private RecordingMonitor? monitor;
    private long received;
    private long lostBefore;
    private long strangers;
    private long unusable;

    public ChannelReader<char> Keys => keys.Reader;

    /// <summary>When the last packet came, in seconds of the clock; null before the first.</summary>
    public double? LastPacket { get; private set; }

    public SocketAddress? Destination
    {
        get
        {
            lock (gate)
                return latch.Destination;
        }
    }

    public bool IsFrom(SocketAddress source)
    {
        lock (gate)
            return !latch.HasSource || SameHost(latch.Destination!, source);
    }

    public void Configure(NegotiatedAudio audio, SocketAddress? announced)
    {
        lock (gate)
        {
            latch.Open(announced);
            if (codec != audio.Codec)
            {
                timeline?.Flush();
                var recorder = monitor;
                timeline = new AudioTimeline(audio.Codec.ClockRate, audio.Codec.SampleRate);
                if (recorder is not null)
                    timeline.Attach(recorder, LastPacket ?? 0);
                codec = audio.Codec;
                Array.Clear(decoders);
            }
            // A phone that sends the other law than it agreed to is understood all the same: the static types can mean nothing else.
            foreach (var builtIn in AudioCodec.BuiltIn)
            {
                if (builtIn.SampleRate == audio.Codec.SampleRate)
                    decoders[builtIn.StaticPayloadType!.Value] ??= builtIn.CreateDecoder();
            }
            decoders[audio.ReceivePayloadType] = decoders[audio.PayloadType] = audio.Codec.CreateDecoder();
            dtmfPayloadType = audio.ReceiveDtmfPayloadType ?? -1;
            receives = (audio.Direction & MediaDirection.ReceiveOnly) != 0;
        }
    }

    public void Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        lock (gate)
        {
            if (!RtpPacket.TryParse(datagram, out var packet) || !IsAgreedOn(packet.PayloadType) || timeline is null)
                unusable++;
            else if (!latch.Accepts(source))
                strangers++;
            else
                Take(packet, now);
        }
    }

    public void Unusable()
    {
        lock (gate)
            unusable++;
    }

    /// <summary>Starts a recording; its sink gets what comes from now on.</summary>
    /// <exception cref="InvalidOperationException">Another is under way.</exception>
    public void Start(RecordingMonitor recording, double now)
    {
        lock (gate)
        {
            if (monitor is not null)
                throw new InvalidOperationException("The call is already being recorded");
            monitor = recording;
            timeline?.Attach(recording, now);
        }
    }

    /// <summary>Ends a recording; what was held back goes into it first.</summary>
    public void Stop(RecordingMonitor recording, double now)
    {
        lock (gate)
        {
            if (monitor != recording)
                return;
            timeline?.Attach(null, now);
            monitor = null;
        }
    }

    public void Tick(double now)
    {
        lock (gate)
            monitor?.Tick(now, LastPacket);
    }

    public RtcpReception? Report(uint lastSenderReport, uint delay)
    {
        lock (gate)
            return statistics?.Report(lastSenderReport, delay);
    }

    public MediaFigures Figures(MediaFigures figures)
    {
        lock (gate)
        {
            return figures with
            {
                PacketsReceived = received,
                PacketsLost = lostBefore + (statistics?.Lost ?? 0),
                PacketsLate = timeline?.Late ?? 0,
                PacketsOfStrangers = strangers,
                PacketsUnusable = unusable,
                SourceChanges = timeline?.SourceChanges ?? 0,
                Jitter = TimeSpan.FromSeconds(statistics?.JitterSeconds ?? 0),
            };
        }
    }

    public void Close(double now)
    {
        lock (gate)
        {
            timeline?.Attach(null, now);
            timeline?.Release();
            monitor?.End(RecordingEnd.CallEnded);
            monitor = null;
            timeline = null;
            keys.Writer.TryComplete();
        }
    }

    private bool IsAgreedOn(int payloadType) =>
        decoders[payloadType] is not null || payloadType == dtmfPayloadType || payloadType == ComfortNoise;

    private void Take(in RtpPacket packet, double now)
    {
        LastPacket = now;
        received++;
        if (statistics?.Ssrc != packet.Ssrc)
        {
            lostBefore += statistics?.Lost ?? 0;
            statistics = new ReceptionStatistics(packet.Ssrc, codec!.ClockRate);
        }
        var decoder = packet.PayloadType == dtmfPayloadType ? null : decoders[packet.PayloadType];
        statistics.Add(packet.Sequence, packet.Timestamp, now, decoder is not null);
        if (packet.PayloadType == dtmfPayloadType && events.Receive(packet) is { } key)
            Pressed(key);
        // Held by the other side, or holding it, we take no audio; what comes then is music of a queue.
        timeline!.Add(packet, receives ? decoder : null, now);
    }

    private void Pressed(char key)
    {
        if (monitor is null || !monitor.Pressed(key))
            keys.Writer.TryWrite(key);
    }

    private static bool SameHost(SocketAddress a, SocketAddress b)
    {
        // Family, port, then the address: IPv4 at 4, IPv6 at 8.
        var (start, length) = a.Family == System.Net.Sockets.AddressFamily.InterNetworkV6 ? (8, 16) : (4, 4);
        return a.Family == b.Family
            && a.Buffer.Span.Slice(start, length).SequenceEqual(b.Buffer.Span.Slice(start, length));
    }
}
