using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Sends the audio and the keys of one call, a frame at each tick. Between two pieces nothing is sent: the timestamp goes on with the clock
/// and the first packet after the pause has the marker bit (RFC 3551 §4.1). Keys go before audio, which waits for them.
/// </summary>
/// <param name="socket">Where it goes out.</param>
/// <param name="protection">The keys of the call.</param>
/// <param name="works">Told true when there begins to be something to send, so that ticks are needed, and false when nothing is left.</param>
internal sealed class Transmitter(Socket socket, MediaProtection protection, Action<bool> works)
{
    private const int MaxFrame = 60;
    private readonly Lock _gate = new();
    private readonly Queue<KeyPress> _keys = new();
    private readonly uint _timestampBase = (uint)Random.Shared.NextInt64();
    private byte[] _packet = [];
    private short[] _frame = [];
    private int _framed;
    private uint _frameTimestamp;
    private uint _sentUntil;
    private ushort _sequence = FirstSequence();
    private bool _playedLast;
    private long _sentBefore;
    private bool _stopped;
    private bool _works;
    private NegotiatedAudio? _audio;
    private IAudioEncoder? _encoder;
    private AudioCodec? _encoded;
    private Playback? _playback;
    private KeySender? _keySender;

    /// <summary>Where packets go; null while it is not known, in which case what is played waits. Set by who ticks, so that it stays
    /// the same through a tick.</summary>
    public SocketAddress? Destination { get; set; }

    public uint Ssrc { get; private set; } = (uint)Random.Shared.NextInt64();

    /// <summary>All packets of the call, under whatever name.</summary>
    public long AllPacketsSent => _sentBefore + PacketsSent;

    /// <summary>Packets of the present source.</summary>
    public uint PacketsSent { get; private set; }

    public uint OctetsSent { get; private set; }

    public void Configure(NegotiatedAudio negotiated)
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            if (_encoder is null || _encoded != negotiated.Codec || _audio?.Parameters != negotiated.Parameters)
            {
                _encoder?.Dispose();
                (_encoder, _encoded) = (negotiated.Codec.CreateEncoder(negotiated.Parameters), negotiated.Codec);
            }
            _audio = negotiated;
            _framed = 0;
            var longest = negotiated.Codec.SampleRate * (MaxFrame + MediaClock.TickMilliseconds) / 1000;
            if (_frame.Length != longest)
                _frame = new short[longest];
            if (_packet.Length < RtpPacket.HeaderLength + longest * 2 + SrtpSession.MaxOverhead)
                _packet = new byte[RtpPacket.HeaderLength + longest * 2 + SrtpSession.MaxOverhead];
        }
    }

    /// <summary>Sends as another source from now on, which begins to count anew (RFC 3550 §8.2).</summary>
    public void ChangeSsrc()
    {
        lock (_gate)
        {
            Ssrc = (uint)Random.Shared.NextInt64();
            _sequence = FirstSequence();
            _sentBefore += PacketsSent;
            PacketsSent = OctetsSent = 0;
        }
    }

    // Whoever stops a piece first cancels it and then ends it, so that one stopped before it began is seen here.
    public void Begin(Playback next)
    {
        lock (_gate)
        {
            if (_stopped)
                next.Cancel(CancellationToken.None);
            _playback = next.Done.IsCompleted ? null : next;
            Work(!_stopped);
        }
    }

    public void End(Playback which)
    {
        lock (_gate)
        {
            if (_playback != which)
                return;
            _playback = null;
            _framed = 0;
        }
    }

    public void Press(KeyPress press)
    {
        lock (_gate)
        {
            if (_stopped)
                press.Cancel();
            else
                _keys.Enqueue(press);
            Work(!_stopped);
        }
    }

    public uint TimestampAt(long tick) => _audio is null ? _timestampBase
        : _timestampBase + (uint)(tick * (_audio.Codec.ClockRate * MediaClock.TickMilliseconds / 1000));

    // Nothing may be awaited or completed inside the lock whose continuation runs at once: completion sources run theirs elsewhere.
    public void Tick(long tick)
    {
        lock (_gate)
        {
            Work(_playback is not null || _keySender is not null || _keys.Count > 0);
            if (!_works || _audio is null || Destination is null || !protection.IsReady || (_audio.Direction & MediaDirection.SendOnly) == 0)
            {
                _playedLast = false;
                return;
            }
            var now = TimestampAt(tick);
            if (_keySender is null && _keys.TryDequeue(out var press))
                _keySender = new KeySender(press, now);
            if (_keySender is not null)
                SendKey(_keySender);
            else
                Play(_playback!, now);
        }
    }

    /// <summary>The call ends: whoever waits for a piece or a key, now or later, is told so.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Work(false);
            _playback?.Cancel(CancellationToken.None);
            _playback = null;
            _keySender?.Press.Cancel();
            _keySender = null;
            while (_keys.TryDequeue(out var press))
                press.Cancel();
            _audio = null;
            _encoder?.Dispose();
            _encoder = null;
        }
    }

    private void Work(bool has)
    {
        if (_works == has)
            return;
        _works = has;
        works(has);
    }

    // RFC 3711 §3.3.1: below 2^15, so that the other side can't miss the first roll-over.
    private static ushort FirstSequence() => (ushort)Random.Shared.Next(1 << 15);

    private void Play(Playback current, uint now)
    {
        var codec = _audio!.Codec;
        var wanted = codec.SampleRate * MediaClock.TickMilliseconds / 1000;
        current.Follow(codec.SampleRate);
        // A last frame that was filled up may reach beyond the tick at which the next piece begins.
        if (_framed == 0)
            _frameTimestamp = (int)(_sentUntil - now) > 0 && _playedLast ? _sentUntil : now;
        var read = current.Source.Read(_frame.AsSpan(_framed, wanted));
        _framed += read;
        var perPacket = codec.SampleRate * _audio.Ptime / 1000;
        var ended = read < wanted;
        if (ended && _framed % perPacket != 0)
        {
            var full = (_framed / perPacket + 1) * perPacket;
            _frame.AsSpan(_framed, full - _framed).Clear();
            _framed = full;
        }
        SendFrames(perPacket);
        if (!ended)
            return;
        _playback = null;
        current.Complete();
    }

    private void SendFrames(int perPacket)
    {
        var codec = _audio!.Codec;
        var sent = 0;
        for (; _framed - sent >= perPacket; sent += perPacket)
        {
            var length = _encoder!.Encode(_frame.AsSpan(sent, perPacket), _packet.AsSpan(RtpPacket.HeaderLength));
            // A library that fails gives nothing, which the listener conceals.
            if (length > 0)
                Send(_audio.PayloadType, !_playedLast, _frameTimestamp, length);
            _playedLast = true;
            _frameTimestamp += (uint)((long)perPacket * codec.ClockRate / codec.SampleRate);
            _sentUntil = _frameTimestamp;
        }
        _frame.AsSpan(sent, _framed - sent).CopyTo(_frame);
        _framed -= sent;
    }

    private void SendKey(KeySender sender)
    {
        _playedLast = false;
        _framed = 0;
        var step = (ushort)(_audio!.DtmfClockRate * MediaClock.TickMilliseconds / 1000);
        if (_audio.DtmfPayloadType is { } type && sender.Next(step) is { } value)
        {
            value.Write(_packet.AsSpan(RtpPacket.HeaderLength));
            Send(type, sender.IsFirst, sender.Timestamp, TelephoneEvent.Length);
        }
        if (!sender.Advance())
            return;
        _keySender = null;
        sender.Press.Complete();
    }

    private void Send(int payloadType, bool marker, uint timestamp, int payloadLength)
    {
        RtpPacket.WriteHeader(_packet, payloadType, marker, _sequence++, timestamp, Ssrc);
        var length = protection.Protect(_packet, RtpPacket.HeaderLength + payloadLength);
        if (length == 0)
            return;
        // What the system does not take, having no way there at this moment or no room, is a lost packet for the listener, as on any network.
        DatagramSending.TrySend(socket, _packet.AsSpan(0, length), Destination!);
        PacketsSent++;
        OctetsSent += (uint)payloadLength;
    }
}
