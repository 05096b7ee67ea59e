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

    private readonly Lock _gate = new();
    private readonly SymmetricLatch _latch = new();
    private readonly TelephoneEventReceiver _events = new();
    private readonly IAudioDecoder?[] _decoders = new IAudioDecoder?[128];
    private readonly Channel<char> _keys = Channel.CreateBounded<char>(
        new BoundedChannelOptions(MaxKeys) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly ComfortNoise _noise = new();
    private readonly WorkingSet _working;
    private AudioTimeline? _timeline;
    private AudioCodec? _codec;
    private IAudioDecoder? _decoder;
    private InbandKeys? _inband;
    private ReceptionStatistics? _statistics;
    private ReceptionStatistics? _otherSource;
    private uint _ownSsrc;
    private bool _hasCollided;
    private int _dtmfPayloadType = -1;
    private int _payloadType = -1;
    private bool _receives;
    private RecordingMonitor? _monitor;
    private bool _closed;
    private double? _lastPacket;
    private long _received;
    private long _lostBefore;
    private long _lateBefore;
    private int _sourceChanges;
    private long _strangers;
    private long _looped;
    private long _unusable;

    /// <param name="working">Is told what packets are taken with.</param>
    public Receiver(WorkingSet working)
    {
        _working = working;
        _working[WorkingPart.Receiver] = this;
    }

    public ChannelReader<char> Keys => _keys.Reader;

    /// <summary>When the last packet came, in seconds of the clock; null before the first.</summary>
    public double? LastPacket
    {
        get
        {
            lock (_gate)
                return _lastPacket;
        }
    }

    /// <summary>Where the call's packets go; null while nobody knows.</summary>
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

    /// <summary>The source that we send as; what comes under its name is not the other side's.</summary>
    public void SendsAs(uint ssrc)
    {
        lock (_gate)
            _ownSsrc = ssrc;
    }

    public void Configure(NegotiatedAudio audio, SocketAddress? announced)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            // With ICE no address is announced: the way that was chosen stays until another is (RFC 8445 §9).
            if (audio.Ice is null || !_latch.IsFixed)
                _latch.Announce(announced);
            _hasCollided &= _latch.HasSource;
            if (_codec != audio.Codec)
                Change(audio.Codec);
            _decoders[ComfortNoise.StaticPayloadType] = _noise;
            if (audio.ComfortNoisePayloadType is { } noise)
                _decoders[noise] = _noise;
            _decoders[audio.ReceivePayloadType] = _decoders[audio.PayloadType] = _decoder;
            _payloadType = audio.ReceivePayloadType;
            // Whoever sends telephone-events as agreed may send the tones too, and each key would count twice.
            _inband = audio.DtmfPayloadType is null ? _inband ?? new InbandKeys(audio.Codec.SampleRate, Pressed) : null;
            _timeline!.Listener = _inband;
            _dtmfPayloadType = audio.ReceiveDtmfPayloadType ?? -1;
            _receives = (audio.Direction & MediaDirection.ReceiveOnly) != 0;
        }
    }

    /// <summary>True when a packet from there is not of the call, whatever is in it; it is counted.</summary>
    public bool IsStranger(SocketAddress source, double now)
    {
        lock (_gate)
        {
            if (_latch.Allows(source, now))
                return false;
            _strangers++;
            return true;
        }
    }

    /// <summary>Takes a datagram.</summary>
    /// <returns>False when the other side has chosen the very source that we send as, so that we have to choose another
    /// (RFC 3550 §8.2); told once.</returns>
    public bool Received(ReadOnlySpan<byte> datagram, SocketAddress source, double now)
    {
        lock (_gate)
        {
            if (!RtpPacket.TryParse(datagram, out var packet) || !IsAgreedOn(packet.PayloadType) || _timeline is null)
                _unusable++;
            else if (!_latch.Accepts(source, now))
                _strangers++;
            else if (packet.Ssrc != _ownSsrc)
                Take(packet, now);
            else
                return TakeOfOurName(packet, now);
            return true;
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
            PressedOutOfBand(key);
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
            if (_closed)
            {
                recording.End(RecordingEnd.CallEnded);
                return;
            }
            _monitor = recording;
            _monitor.Join(_working);
            _timeline?.Attach(RateMatchingSink.For(recording, _codec!.SampleRate, recording.SampleRate), now);
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
            _monitor.Leave(_working);
            _monitor = null;
        }
    }

    /// <summary>Sees whether the recording is to end.</summary>
    /// <returns>As <see cref="Destination"/>.</returns>
    public SocketAddress? Tick(double now)
    {
        lock (_gate)
        {
            _monitor?.Tick(now, _lastPacket);
            return _latch.Destination;
        }
    }

    /// <summary>How the other side is received, since the last report too.</summary>
    public RtcpReception? Report()
    {
        lock (_gate)
            return _statistics?.Report();
    }

    public MediaFigures Figures(MediaFigures figures)
    {
        lock (_gate)
        {
            return figures with
            {
                PacketsReceived = _received,
                PacketsLost = _lostBefore + (_statistics?.Lost ?? 0),
                PacketsLate = _lateBefore + (_timeline?.Late ?? 0),
                PacketsOfStrangers = _strangers,
                PacketsLooped = _looped,
                PacketsUnusable = _unusable,
                SourceChanges = _sourceChanges,
                Jitter = TimeSpan.FromSeconds(_statistics?.JitterSeconds ?? 0),
            };
        }
    }

    /// <summary>The call ends, or its media by a fault: nothing is taken any more.</summary>
    public void Close(double now)
    {
        lock (_gate)
        {
            _closed = true;
            try
            {
                _timeline?.Attach(null, now);
            }
            finally
            {
                EndTimeline();
                DisposeDecoders();
                _monitor?.End(RecordingEnd.CallEnded);
                _monitor?.Leave(_working);
                _monitor = null;
                _keys.Writer.TryComplete();
            }
        }
    }

    private bool IsAgreedOn(int payloadType) =>
        payloadType == _payloadType || _decoders[payloadType] is not null || payloadType == _dtmfPayloadType;

    private IAudioDecoder? DecoderOf(int payloadType) => payloadType == _payloadType ? _decoder : _decoders[payloadType];

    // Another clock: what was held is heard, and jitter is counted anew.
    private void Change(AudioCodec codec)
    {
        _timeline?.Flush();
        EndTimeline();
        _timeline = new AudioTimeline(codec.ClockRate, codec.SampleRate);
        _timeline.Join(_working);
        if (_monitor is not null)
            _timeline.Attach(RateMatchingSink.For(_monitor, codec.SampleRate, _monitor.SampleRate), _lastPacket ?? 0);
        _lostBefore += _statistics?.Lost ?? 0;
        _statistics = null;
        DisposeDecoders();
        (_codec, _decoder, _inband) = (codec, codec.CreateDecoder(), null);
        // A phone that sends another codec than it agreed to is understood all the same, where the clock is that of the agreed one: the
        // static types can mean nothing else.
        foreach (var builtIn in AudioCodec.BuiltIn)
        {
            if (builtIn.StaticPayloadType is { } type && builtIn.ClockRate == codec.ClockRate)
                _decoders[type] = RateMatchingDecoder.For(builtIn, codec.SampleRate);
        }
    }

    private void DisposeDecoders()
    {
        foreach (var decoder in _decoders)
            decoder?.Dispose();
        Array.Clear(_decoders);
        _payloadType = -1;
    }

    // RFC 3550 §8.2: the first packet under our name is a collision, and is heard. When the same source also takes the name that we chose
    // after that, it sends our own packets back to us: those are no sound of the caller.
    private bool TakeOfOurName(in RtpPacket packet, double now)
    {
        if (_hasCollided)
        {
            _looped++;
            return true;
        }
        _hasCollided = true;
        Take(packet, now);
        return false;
    }

    private void Take(in RtpPacket packet, double now)
    {
        _lastPacket = now;
        _received++;
        var decoder = packet.PayloadType == _dtmfPayloadType ? null : DecoderOf(packet.PayloadType);
        StatisticsOf(packet.Ssrc).Add(packet.Sequence, packet.Timestamp, now, decoder is not null);
        if (packet.PayloadType == _dtmfPayloadType && _events.Receive(packet) is { } key)
            PressedOutOfBand(key);
        // Held by the other side, or holding it, we take no audio; what comes then is music of a queue.
        _timeline!.Add(packet, _receives ? decoder : null, now);
    }

    // Allocates for a packet only when its source is a new one.
    // The second packet of a new source in a row makes it the one that is reported on (RFC 3550 §A.1).
    private ReceptionStatistics StatisticsOf(uint ssrc)
    {
        if (_statistics?.Ssrc == ssrc)
            return _statistics;
        if (_statistics is null)
            return Count(new ReceptionStatistics(ssrc, _codec!.ClockRate));
        if (_otherSource?.Ssrc != ssrc)
            return _otherSource = new ReceptionStatistics(ssrc, _codec!.ClockRate);
        _lostBefore += _statistics.Lost;
        _sourceChanges++;
        return Count(_otherSource);
    }

    private ReceptionStatistics Count(ReceptionStatistics source)
    {
        _otherSource = null;
        _working[WorkingPart.Statistics] = source;
        return _statistics = source;
    }

    private void EndTimeline()
    {
        _lateBefore += _timeline?.Late ?? 0;
        _timeline?.Release();
        _timeline = null;
    }

    // A key that was heard in the sound just before is the same key; and whose keys come like this need not be listened to any more.
    private void PressedOutOfBand(char key)
    {
        var heard = _inband?.HeardJustNow(key) ?? false;
        _inband?.Stop();
        if (!heard)
            Pressed(key);
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
