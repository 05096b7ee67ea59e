using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Session;

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

    // A timestamp may be this much ahead of what the clock on the wall explains, for a sender that was late before.
    private const double ForwardSlack = 1;

    // Between sources nothing but the clock on the wall tells the length of the pause; jitter below this is not one.
    private const double ShortestPause = 0.1;

    // Samples may run ahead of the wall clock by so much in one recording; more is a sender that floods us.
    private const double FloodSlack = 10;

    // Who only listens hears nothing more in a pause that is longer, in seconds: an hour of it would keep the receiving thread busy.
    private const int LongestHeardPause = 2;

    // A codec may know what was in the gap, as far as a gap of 120 ms (RFC 6716 §4.4: the rest fades anyway).
    private const int LongestRecovered = 120;

    // What is decoded is passed on at once: the calls of a thread share the room, which stays in its cache.
    [ThreadStatic]
    private static short[]? _decoded;

    private readonly HeldPacket[] _held = new HeldPacket[16];
    private readonly LossConcealment _concealment = new(sampleRate);
    private readonly short[] _scratch = new short[sampleRate / 50];
    private short[]? _recovered;
    private HeldPacket _candidate;
    private uint _candidateSsrc;
    private ComfortNoise? _noise;
    private IPcmSink? _sink;
    private double _sinkSince;
    private long _written;
    private bool _started;
    private bool _placeByArrival = true;
    private bool _fresh = true;
    private bool _missing;
    private uint _ssrc;
    private ushort _next;
    private int _heldCount;
    private uint _nextTimestamp;
    private double _lastArrival;
    private double _lastDuration;
    private (uint Ssrc, ushort Last)? _previous;

    /// <summary>Packets that came twice or after their place was filled.</summary>
    public int Late { get; private set; }

    /// <summary>Gets every sample, recorded or not; null for nobody.</summary>
    public IPcmSink? Listener { get; set; }

    /// <summary>Tells what a packet needs of it.</summary>
    public void Join(WorkingSet working) =>
        (working[WorkingPart.Timeline], working[WorkingPart.Concealment]) = (this, _concealment);

    /// <summary>From now on samples go to <paramref name="target"/>; null ends it, after what was held back.</summary>
    public void Attach(IPcmSink? target, double now)
    {
        Flush();
        _sink = target;
        _sinkSince = now;
        _written = 0;
        _fresh = true;
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">The packet; copied if it must wait.</param>
    /// <param name="decoder">Its decoder; null for one that only takes its place in the order, such as an event.</param>
    /// <param name="arrival">In seconds of a steady clock.</param>
    public void Add(in RtpPacket packet, IAudioDecoder? decoder, double arrival)
    {
        if (!_started)
            StartSource(packet.Ssrc, packet.Sequence);
        if (packet.Ssrc != _ssrc)
        {
            if (_previous is { } old && old.Ssrc == packet.Ssrc && (short)(packet.Sequence - old.Last) <= 0)
                Late++;
            else
                AddStrange(packet, decoder, arrival);
            return;
        }
        var ahead = (short)(packet.Sequence - _next);
        if (SourceChange.IsJump(ahead))
            AddStrange(packet, decoder, arrival);
        else
            AddNear(packet, decoder, arrival, ahead);
    }

    /// <summary>Gives out everything that is held, whatever is missing before it.</summary>
    public void Flush()
    {
        while (_heldCount > 0)
            Step();
    }

    public void Release()
    {
        _sink = null;
        foreach (ref var slot in _held.AsSpan())
            slot.Release();
        _candidate.Release();
        _heldCount = 0;
    }

    private void StartSource(uint source, ushort sequence)
    {
        if (_started)
        {
            Flush();
            _previous = (_ssrc, (ushort)(_next - 1));
        }
        _started = true;
        _ssrc = source;
        _next = sequence;
        _placeByArrival = true;
    }

    // A packet of another source, or far from its place: it waits for a second one that confirms it.
    private void AddStrange(in RtpPacket packet, IAudioDecoder? decoder, double arrival)
    {
        var confirmed = _candidate.InUse && _candidateSsrc == packet.Ssrc && SourceChange.Confirms(_candidate.Sequence, packet.Sequence);
        if (!confirmed)
        {
            _candidate.Release();
            _candidate = HeldPacket.Copy(packet, decoder, arrival);
            _candidateSsrc = packet.Ssrc;
            return;
        }
        var first = (short)(packet.Sequence - _candidate.Sequence) > 0 ? _candidate.Sequence : packet.Sequence;
        if (packet.Ssrc != _ssrc)
        {
            StartSource(packet.Ssrc, first);
        }
        else
        {
            Flush();
            _next = first;
            _placeByArrival = true;
        }
        _held[_candidate.Sequence % _held.Length] = _candidate;
        _candidate = default;
        _heldCount++;
        GiveInOrder();
        Add(packet, decoder, arrival);
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
            _next++;
            Place(packet.Timestamp, packet.Payload, decoder, arrival);
            GiveInOrder();
            return;
        }
        MakeRoom(packet.Sequence);
        if (packet.Sequence == _next)
        {
            AddNear(packet, decoder, arrival, 0);
            return;
        }
        ref var slot = ref _held[packet.Sequence % _held.Length];
        if (slot.InUse)
        {
            Late++;
            return;
        }
        slot = HeldPacket.Copy(packet, decoder, arrival);
        _heldCount++;
    }

    private void GiveInOrder()
    {
        while (_heldCount > 0 && _held[_next % _held.Length].InUse)
        {
            _heldCount--;
            Give(ref _held[_next % _held.Length]);
        }
    }

    // Gives up what is missing, but no more of it than the newest packet leaves no room for: the rest may still come.
    private void MakeRoom(ushort newest)
    {
        while (_heldCount > 0 && (short)(newest - _next) >= MaxHeld)
            Step();
        if ((short)(newest - _next) < MaxHeld)
            return;
        _next = (ushort)(newest - MaxHeld + 1);
        _missing = true;
    }

    private void Step()
    {
        if (!_held[_next % _held.Length].InUse)
        {
            _next++;
            _missing = true;
        }
        GiveInOrder();
    }

    private void Give(ref HeldPacket packet)
    {
        _next = (ushort)(packet.Sequence + 1);
        Place(packet.Timestamp, packet.Payload, packet.Decoder, packet.Arrival);
        packet.Release();
    }

    private void Place(uint timestamp, ReadOnlySpan<byte> payload, IAudioDecoder? decoder, double arrival)
    {
        var noise = decoder as ComfortNoise;
        var count = decoder?.SamplesIn(payload) ?? 0;
        if (decoder is null || count == 0 && noise is null)
            return;
        if (_fresh)
            _fresh = false;
        else
            Fill(timestamp, payload, decoder, arrival);
        _placeByArrival = _missing = false;
        // RFC 3389 §4: the noise lasts until the next packet, of audio or of noise, says otherwise.
        noise?.Update(payload);
        _noise = noise;
        if (_decoded is null || _decoded.Length < count)
            _decoded = new short[Math.Max(count, sampleRate / 50)];
        var samples = _decoded.AsSpan(0, decoder.Decode(payload, _decoded));
        Write(samples, arrival);
        if (count > 0)
            _concealment.Observe(samples);
        _nextTimestamp = timestamp + (uint)((long)count * clockRate / sampleRate);
        _lastArrival = Math.Max(_lastArrival, arrival);
        _lastDuration = (double)count / sampleRate;
    }

    // How much is missing before a packet. The timestamp tells, as far as the clock on the wall can confirm it; a source that is new, or
    // whose clock jumped (RFC 3550 §5.1 allows neither without a new source, phones do both), is placed by its arrival.
    private void Fill(uint timestamp, ReadOnlySpan<byte> payload, IAudioDecoder decoder, double arrival)
    {
        var lost = _missing;
        var elapsed = Math.Max(0, arrival - _lastArrival);
        var gap = (int)(timestamp - _nextTimestamp);
        if (_placeByArrival || gap < 0 || gap > (elapsed + ForwardSlack) * clockRate)
        {
            var pause = elapsed - _lastDuration;
            gap = pause > ShortestPause ? (int)Math.Min(int.MaxValue, pause * clockRate) : 0;
            lost = false;
        }
        var samples = (long)gap * sampleRate / clockRate;
        if (lost && _noise is null && samples <= sampleRate * LongestRecovered / 1000 && TryRecover(payload, decoder, (int)samples, arrival))
            return;
        if (_sink is null)
            samples = Math.Min(samples, LongestHeardPause * sampleRate);
        while (samples > 0 && (_sink ?? Listener) is not null)
        {
            var part = _scratch.AsSpan(0, (int)Math.Min(samples, _scratch.Length));
            if (_noise is not null)
                _noise.Generate(part);
            else if (lost)
                _concealment.Conceal(part);
            else
                part.Clear();
            Write(part, arrival);
            samples -= part.Length;
        }
    }

    private bool TryRecover(ReadOnlySpan<byte> payload, IAudioDecoder decoder, int count, double arrival)
    {
        // Once a call, with its first loss.
        _recovered ??= new short[sampleRate * LongestRecovered / 1000];
        var lost = _recovered.AsSpan(0, count);
        if (!decoder.Recover(payload, lost))
            return false;
        Write(lost, arrival);
        return true;
    }

    private void Write(ReadOnlySpan<short> samples, double arrival)
    {
        Listener?.Write(samples);
        if (_sink is null || _written > (arrival - _sinkSince + FloodSlack) * sampleRate)
            return;
        _written += samples.Length;
        if (!_sink.Write(samples))
            _sink = null;
    }
}
