using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Puts the packets of a stream in order and their samples where the timestamps say, so that each sample of the sender appears once and at
/// its place: what comes too early waits for what is missing, what is missing is concealed, a pause of the sender becomes silence of that
/// length, what comes twice or too late is dropped. It feeds a recorder, so it waits long rather than short. Not for two threads at once.
/// </summary>
internal sealed class AudioTimeline(int clockRate, int sampleRate)
{
    // 200 ms of usual packets: longer than a network reorders, short enough that nobody waits for it.
    private const int MaxHeld = 10;

    // RFC 3550 §A.1: a jump of more than this in the sequence is a sender that started anew, once two packets in a row confirm it.
    private const int MaxDropout = 3000;
    private const int MaxMisorder = 100;

    // A timestamp may be this much ahead of what the clock on the wall explains, for a sender that was late before.
    private const double ForwardSlack = 1;

    // Between sources nothing but the clock on the wall tells the length of the pause; jitter below this is not one.
    private const double ShortestPause = 0.1;

    // Samples may run ahead of the wall clock by so much in one recording; more is a sender that floods us.
    private const double FloodSlack = 10;

    private readonly HeldPacket[] held = new HeldPacket[16];
    private readonly LossConcealment concealment = new(sampleRate);
    private readonly short[] scratch = new short[sampleRate / 50];
    private short[] decoded = new short[sampleRate / 50];
    private HeldPacket candidate;
    private IPcmSink? sink;
    private double sinkSince;
    private long written;
    private bool started;
    private bool placeByArrival = true;
    private bool fresh = true;
    private bool missing;
    private uint ssrc;
    private ushort next;
    private int heldCount;
    private uint nextTimestamp;
    private double lastArrival;
    private double lastDuration;
    private (uint Ssrc, ushort Last)? previous;

    /// <summary>Packets that came twice or after their place was filled.</summary>
    public int Late { get; private set; }

    /// <summary>Sources that followed another.</summary>
    public int SourceChanges { get; private set; }

    /// <summary>From now on samples go to <paramref name="target"/>; null ends it, after what was held back.</summary>
    public void Attach(IPcmSink? target, double now)
    {
        Flush();
        sink = target;
        sinkSince = now;
        written = 0;
        fresh = true;
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">The packet; copied if it must wait.</param>
    /// <param name="decoder">Its decoder; null for one that only takes its place in the order, such as an event.</param>
    /// <param name="arrival">In seconds of a steady clock.</param>
    public void Add(in RtpPacket packet, IAudioDecoder? decoder, double arrival)
    {
        if (!started || packet.Ssrc != ssrc)
        {
            if (started && previous is { } old && old.Ssrc == packet.Ssrc && (short)(packet.Sequence - old.Last) <= 0)
            {
                Late++;
                return;
            }
            StartSource(packet.Ssrc, packet.Sequence);
        }
        var ahead = (short)(packet.Sequence - next);
        if (ahead is > MaxDropout or < -MaxMisorder)
        {
            AddAfterJump(packet, decoder, arrival);
            return;
        }
        candidate.Release();
        AddNear(packet, decoder, arrival, ahead);
    }

    /// <summary>Gives out everything that is held, whatever is missing before it.</summary>
    public void Flush()
    {
        while (heldCount > 0)
            Step();
    }

    public void Release()
    {
        sink = null;
        foreach (ref var slot in held.AsSpan())
            slot.Release();
        candidate.Release();
        heldCount = 0;
    }

    private void StartSource(uint source, ushort sequence)
    {
        if (started)
        {
            Flush();
            previous = (ssrc, (ushort)(next - 1));
            SourceChanges++;
        }
        started = true;
        ssrc = source;
        next = sequence;
        placeByArrival = true;
        candidate.Release();
    }

    private void AddAfterJump(in RtpPacket packet, IAudioDecoder? decoder, double arrival)
    {
        var confirmed = candidate.InUse && packet.Sequence == (ushort)(candidate.Sequence + 1);
        if (confirmed)
        {
            Flush();
            next = candidate.Sequence;
            placeByArrival = true;
            Give(ref candidate);
            AddNear(packet, decoder, arrival, 0);
            return;
        }
        candidate.Release();
        candidate = HeldPacket.Copy(packet, decoder, arrival);
    }

    private void AddNear(in RtpPacket packet, IAudioDecoder? decoder, double arrival, short ahead)
    {
        if (ahead < 0)
        {
            Late++;
            return;
        }
        if (ahead == 0)
        {
            next++;
            Place(packet.Timestamp, packet.Payload, decoder, arrival);
            GiveInOrder();
            return;
        }
        MakeRoom(packet.Sequence);
        if (packet.Sequence == next)
        {
            AddNear(packet, decoder, arrival, 0);
            return;
        }
        ref var slot = ref held[packet.Sequence % held.Length];
        if (slot.InUse)
        {
            Late++;
            return;
        }
        slot = HeldPacket.Copy(packet, decoder, arrival);
        heldCount++;
    }

    private void GiveInOrder()
    {
        while (heldCount > 0 && held[next % held.Length].InUse)
        {
            heldCount--;
            Give(ref held[next % held.Length]);
        }
    }

    // Gives up what is missing, but no more of it than the newest packet leaves no room for: the rest may still come.
    private void MakeRoom(ushort newest)
    {
        while (heldCount > 0 && (short)(newest - next) >= MaxHeld)
            Step();
        if ((short)(newest - next) < MaxHeld)
            return;
        next = (ushort)(newest - MaxHeld + 1);
        missing = true;
    }

    private void Step()
    {
        if (!held[next % held.Length].InUse)
        {
            next++;
            missing = true;
        }
        GiveInOrder();
    }

    private void Give(ref HeldPacket packet)
    {
        next = (ushort)(packet.Sequence + 1);
        Place(packet.Timestamp, packet.Payload, packet.Decoder, packet.Arrival);
        packet.Release();
    }

    private void Place(uint timestamp, ReadOnlySpan<byte> payload, IAudioDecoder? decoder, double arrival)
    {
        var count = decoder?.SamplesIn(payload) ?? 0;
        if (decoder is null || count == 0)
            return;
        if (fresh)
            fresh = false;
        else
            Fill(timestamp, arrival);
        placeByArrival = missing = false;
        if (decoded.Length < count)
            decoded = new short[count];
        var samples = decoded.AsSpan(0, decoder.Decode(payload, decoded));
        Write(samples, arrival);
        concealment.Observe(samples);
        nextTimestamp = timestamp + (uint)((long)count * clockRate / sampleRate);
        lastArrival = Math.Max(lastArrival, arrival);
        lastDuration = (double)count / sampleRate;
    }

    // How much is missing before a packet. The timestamp tells, as far as the clock on the wall can confirm it; a source that is new, or
    // whose clock jumped (RFC 3550 §5.1 allows neither without a new source, phones do both), is placed by its arrival.
    private void Fill(uint timestamp, double arrival)
    {
        var lost = missing;
        var elapsed = Math.Max(0, arrival - lastArrival);
        var gap = (int)(timestamp - nextTimestamp);
        if (placeByArrival || gap < 0 || gap > (elapsed + ForwardSlack) * clockRate)
        {
            var pause = elapsed - lastDuration;
            gap = pause > ShortestPause ? (int)Math.Min(int.MaxValue, pause * clockRate) : 0;
            lost = false;
        }
        var samples = (long)gap * sampleRate / clockRate;
        while (samples > 0 && sink is not null)
        {
            var part = scratch.AsSpan(0, (int)Math.Min(samples, scratch.Length));
            if (lost)
                concealment.Conceal(part);
            else
                part.Clear();
            Write(part, arrival);
            samples -= part.Length;
        }
    }

    private void Write(ReadOnlySpan<short> samples, double arrival)
    {
        if (sink is null || written > (arrival - sinkSince + FloodSlack) * sampleRate)
            return;
        written += samples.Length;
        if (!sink.Write(samples))
            sink = null;
    }
}
