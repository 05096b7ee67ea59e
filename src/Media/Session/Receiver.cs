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

    private readonly Lock _gate = new();
    private readonly SymmetricLatch _latch = new();
    private readonly TelephoneEventReceiver _events = new();
    private readonly IAudioDecoder?[] _decoders = new IAudioDecoder?[128];
    private readonly Channel<char> _keys = Channel.CreateBounded<char>(
        new BoundedChannelOptions(MaxKeys) { FullMode = BoundedChannelFullMode.DropOldest });
    private AudioTimeline? _timeline;
    private AudioCodec? _codec;
    private ReceptionStatistics? _statistics;
    private int _dtmfPayloadType = -1;
    private bool _receives;
    private RecordingMonitor? _monitor;
    private long _received;
    private long _lostBefore;
    private long _strangers;
    private long _unusable;

    public ChannelReader<char> Keys => _keys.Reader;

    /// <summary>When the last packet came, in seconds of the clock; null before the first.</summary>
    public double? LastPacket { get; private set; }

    public SocketAddress? Destination
    {
        get
        {
            lock (_gate)
                return _latch.Destination;
        }
    }

    public bool IsFrom(SocketAddress source)
    {
        lock (_gate)
            return !_latch.HasSource || SameHost(_latch.Destination!, source);
    }

    public void Configure(NegotiatedAudio audio, SocketAddress? announced)
    {
        lock (_gate)
        {
            _latch.Open(announced);
            if (_codec != audio.Codec)
            {
                _timeline?.Flush();
                var recorder = _monitor;
                _timeline = new AudioTimeline(audio.Codec.ClockRate, audio.Codec.SampleRate);
                if (recorder is not null)
                    _timeline.Attach(recorder, LastPacket ?? 0);
                _codec = audio.Codec;
                Array.Clear(_decoders);
            }
            // A phone that sends the other law than it agreed to is understood all the same: the static types can mean nothing else.
            foreach (var builtIn in AudioCodec.BuiltIn)
            {
                if (builtIn.SampleRate == audio.Codec.SampleRate)
                    _decoders[builtIn.StaticPayloadType!.Value] ??= builtIn.CreateDecoder();
            }
            _decoders[audio.ReceivePayloadType] = _decoders[audio.PayloadType] = audio.Codec.CreateDecoder();
            _dtmfPayloadType = audio.ReceiveDtmfPayloadType ?? -1;
            _receives = (audio.Direction & MediaDirection.ReceiveOnly) != 0;
        }
    }

    public void Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        lock (_gate)
        {
            if (!RtpPacket.TryParse(datagram, out var packet) || !IsAgreedOn(packet.PayloadType) || _timeline is null)
                _unusable++;
            else if (!_latch.Accepts(source))
                _strangers++;
            else
                Take(packet, now);
        }
    }

    /// <summary>The other side chose where its packets come from (RFC 8445 §8.1.1).</summary>
    public void Fix(SocketAddress source)
    {
        lock (_gate)
            _latch.Fix(source);
    }

    /// <summary>A key that came another way than in RTP.</summary>
    public void TakeKey(char key)
    {
        lock (_gate)
            Pressed(key);
    }

    public void Unusable()
    {
        lock (_gate)
            _unusable++;
    }

    /// <summary>Starts a recording; its sink gets what comes from now on.</summary>
    /// <exception cref="InvalidOperationException">Another is under way.</exception>
    public void Start(RecordingMonitor recording, double now)
    {
        lock (_gate)
        {
            if (_monitor is not null)
                throw new InvalidOperationException("The call is already being recorded");
            _monitor = recording;
            _timeline?.Attach(recording, now);
        }
    }

    /// <summary>Ends a recording; what was held back goes into it first.</summary>
    public void Stop(RecordingMonitor recording, double now)
    {
        lock (_gate)
        {
            if (_monitor != recording)
                return;
            _timeline?.Attach(null, now);
            _monitor = null;
        }
    }

    public void Tick(double now)
    {
        lock (_gate)
            _monitor?.Tick(now, LastPacket);
    }

    public RtcpReception? Report(uint lastSenderReport, uint delay)
    {
        lock (_gate)
            return _statistics?.Report(lastSenderReport, delay);
    }

    public MediaFigures Figures(MediaFigures figures)
    {
        lock (_gate)
        {
            return figures with
            {
                PacketsReceived = _received,
                PacketsLost = _lostBefore + (_statistics?.Lost ?? 0),
                PacketsLate = _timeline?.Late ?? 0,
                PacketsOfStrangers = _strangers,
                PacketsUnusable = _unusable,
                SourceChanges = _timeline?.SourceChanges ?? 0,
                Jitter = TimeSpan.FromSeconds(_statistics?.JitterSeconds ?? 0),
            };
        }
    }

    public void Close(double now)
    {
        lock (_gate)
        {
            _timeline?.Attach(null, now);
            _timeline?.Release();
            _monitor?.End(RecordingEnd.CallEnded);
            _monitor = null;
            _timeline = null;
            _keys.Writer.TryComplete();
        }
    }

    private bool IsAgreedOn(int payloadType) =>
        _decoders[payloadType] is not null || payloadType == _dtmfPayloadType || payloadType == ComfortNoise;

    private void Take(in RtpPacket packet, double now)
    {
        LastPacket = now;
        _received++;
        if (_statistics?.Ssrc != packet.Ssrc)
        {
            _lostBefore += _statistics?.Lost ?? 0;
            _statistics = new ReceptionStatistics(packet.Ssrc, _codec!.ClockRate);
        }
        var decoder = packet.PayloadType == _dtmfPayloadType ? null : _decoders[packet.PayloadType];
        _statistics.Add(packet.Sequence, packet.Timestamp, now, decoder is not null);
        if (packet.PayloadType == _dtmfPayloadType && _events.Receive(packet) is { } key)
            Pressed(key);
        // Held by the other side, or holding it, we take no audio; what comes then is music of a queue.
        _timeline!.Add(packet, _receives ? decoder : null, now);
    }

    private void Pressed(char key)
    {
        if (_monitor is null || !_monitor.Pressed(key))
            _keys.Writer.TryWrite(key);
    }

    private static bool SameHost(SocketAddress a, SocketAddress b)
    {
        // Family, port, then the address: IPv4 at 4, IPv6 at 8.
        var (start, length) = a.Family == System.Net.Sockets.AddressFamily.InterNetworkV6 ? (8, 16) : (4, 4);
        return a.Family == b.Family
            && a.Buffer.Span.Slice(start, length).SequenceEqual(b.Buffer.Span.Slice(start, length));
    }
}
