using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Sends the audio and the keys of one call, a frame at each tick. Between two pieces nothing is sent: the timestamp goes on with the clock
/// and the first packet after the pause has the marker bit (RFC 3551 §4.1). Keys go before audio, which waits for them.
/// </summary>
internal sealed class Transmitter(Socket socket)
{
    private const int MaxFrame = 60;
    private readonly Lock gate = new();
    private readonly Queue<KeyPress> keys = new();
    private readonly uint timestampBase = (uint)Random.Shared.NextInt64();
    private byte[] packet = [];
    private short[] frame = [];
    private int framed;
    private uint frameTimestamp;
    private uint sentUntil;
    private ushort sequence = (ushort)Random.Shared.Next();
    private bool playedLast;
    private NegotiatedAudio? audio;
    private IAudioEncoder? encoder;
    private Playback? playback;
    private KeySender? keySender;

    /// <summary>Where packets go; null while it is not known, in which case what is played waits.</summary>
    public SocketAddress? Destination { get; set; }

    public uint Ssrc { get; } = (uint)Random.Shared.NextInt64();

    public uint PacketsSent { get; private set; }

    public uint OctetsSent { get; private set; }

    public void Configure(NegotiatedAudio negotiated)
    {
        lock (gate)
        {
            if (encoder is null || audio?.Codec != negotiated.Codec)
                encoder = negotiated.Codec.CreateEncoder();
            audio = negotiated;
            framed = 0;
            var longest = negotiated.Codec.SampleRate / 1000 * (MaxFrame + MediaClock.TickMilliseconds);
            if (frame.Length != longest)
                frame = new short[longest];
            if (packet.Length < RtpPacket.HeaderLength + longest * 2)
                packet = new byte[RtpPacket.HeaderLength + longest * 2];
        }
    }

    // Whoever stops a piece first cancels it and then ends it, so that one stopped before it began is seen here.
    public void Begin(Playback next)
    {
        lock (gate)
            playback = next.Done.IsCompleted ? null : next;
    }

    public void End(Playback which)
    {
        lock (gate)
        {
            if (playback != which)
                return;
            playback = null;
            framed = 0;
        }
    }

    public void Press(KeyPress press)
    {
        lock (gate)
            keys.Enqueue(press);
    }

    public uint TimestampAt(long tick) => audio is null ? timestampBase
        : timestampBase + (uint)(tick * (audio.Codec.ClockRate / 1000 * MediaClock.TickMilliseconds));

    // Nothing may be awaited or completed inside the lock whose continuation runs at once: completion sources run theirs elsewhere.
    public void Tick(long tick)
    {
        lock (gate)
        {
            if (audio is null || Destination is null || (audio.Direction & MediaDirection.SendOnly) == 0)
            {
                playedLast = false;
                return;
            }
            var now = TimestampAt(tick);
            if (keySender is null && keys.TryDequeue(out var press))
                keySender = new KeySender(press, now);
            if (keySender is not null)
                SendKey(keySender);
            else if (playback is not null)
                Play(playback, now);
            else
                playedLast = false;
        }
    }

    /// <summary>The call ends: whoever waits for a piece or a key is told so.</summary>
    public void Stop()
    {
        lock (gate)
        {
            playback?.Cancel(CancellationToken.None);
            playback = null;
            keySender?.Press.Cancel();
            keySender = null;
            while (keys.TryDequeue(out var press))
                press.Cancel();
            audio = null;
        }
    }

    private void Play(Playback current, uint now)
    {
        var codec = audio!.Codec;
        var wanted = codec.SampleRate / 1000 * MediaClock.TickMilliseconds;
        // A last frame that was filled up may reach beyond the tick at which the next piece begins.
        if (framed == 0)
            frameTimestamp = (int)(sentUntil - now) > 0 && playedLast ? sentUntil : now;
        var read = current.Source.Read(frame.AsSpan(framed, wanted));
        framed += read;
        var perPacket = codec.SampleRate / 1000 * audio.Ptime;
        var ended = read < wanted;
        if (ended && framed % perPacket != 0)
        {
            var full = (framed / perPacket + 1) * perPacket;
            frame.AsSpan(framed, full - framed).Clear();
            framed = full;
        }
        SendFrames(perPacket);
        if (!ended)
            return;
        playback = null;
        current.Complete();
    }

    private void SendFrames(int perPacket)
    {
        var codec = audio!.Codec;
        var sent = 0;
        for (; framed - sent >= perPacket; sent += perPacket)
        {
            var length = encoder!.Encode(frame.AsSpan(sent, perPacket), packet.AsSpan(RtpPacket.HeaderLength));
            Send(audio.PayloadType, !playedLast, frameTimestamp, length);
            playedLast = true;
            frameTimestamp += (uint)((long)perPacket * codec.ClockRate / codec.SampleRate);
            sentUntil = frameTimestamp;
        }
        frame.AsSpan(sent, framed - sent).CopyTo(frame);
        framed -= sent;
    }

    private void SendKey(KeySender sender)
    {
        playedLast = false;
        framed = 0;
        var step = (ushort)(audio!.Codec.ClockRate / 1000 * MediaClock.TickMilliseconds);
        if (audio.DtmfPayloadType is { } type && sender.Next(step) is { } value)
        {
            value.Write(packet.AsSpan(RtpPacket.HeaderLength));
            Send(type, sender.IsFirst, sender.Timestamp, TelephoneEvent.Length);
        }
        if (!sender.Advance())
            return;
        keySender = null;
        sender.Press.Complete();
    }

    private void Send(int payloadType, bool marker, uint timestamp, int payloadLength)
    {
        RtpPacket.WriteHeader(packet, payloadType, marker, sequence++, timestamp, Ssrc);
        try
        {
            socket.SendTo(packet.AsSpan(0, RtpPacket.HeaderLength + payloadLength), SocketFlags.None, Destination!);
        }
        catch (SocketException)
        {
            // No way there at this moment, or a full send buffer: for the listener a lost packet, as on any network.
        }
        PacketsSent++;
        OctetsSent += (uint)payloadLength;
    }
}
