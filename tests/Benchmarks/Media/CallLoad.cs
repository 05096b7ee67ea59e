using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>
/// The other side of all calls: from one socket it sends each call its 50 packets a second, evenly spread, and counts what comes back.
/// </summary>
internal sealed class CallLoad : IDisposable
{
    private const double PacketSeconds = 0.02;
    // A machine that does not let the sender run would make a burst of it that no caller sends.
    private const double MostBehind = PacketSeconds;
    private const int Batch = 256;
    private readonly Socket _socket;
    private readonly Socket _reports;
    private readonly SendTimes _times;
    private readonly byte[][] _frames;
    private readonly AudioCodec _codec;
    private readonly IPacketProtection[] _protections;
    private readonly long[] _lastArrival = new long[ushort.MaxValue + 1];
    private byte[][] _prepared = [];
    private int _preparedLength;
    private Thread? _receiving;
    private volatile bool _stopped;
    private long _received;

    public CallLoad(AudioCodec codec, Protection protection, SendTimes times, int calls)
    {
        (_codec, _times) = (codec, times);
        (_socket, _reports) = BindPair();
        _socket.ReceiveBufferSize = 4 << 20;
        _socket.SendBufferSize = 1 << 20;
        _frames = Frames(codec, Speech(codec.SampleRate));
        _protections = protection.Sender is { } sender ? [.. Enumerable.Range(0, calls).Select(sender)] : [];
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public long Received => Interlocked.Read(ref _received);

    /// <summary>The longest time between two packets of one call, beyond the 20 ms.</summary>
    public TimeSpan WorstGap { get; private set; }

    /// <summary>By how much the sender itself was late at most, which the machine did and not what is measured.</summary>
    public TimeSpan WorstLateness { get; private set; }

    /// <summary>By how much all that follows was put off, since the sender was late by more than a packet.</summary>
    public TimeSpan PutOff { get; private set; }

    /// <summary>What each call is sent, again and again: the spoken fixture, cut to whole packets.</summary>
    public static AudioClip Speech(int sampleRate)
    {
        var fixture = WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None).Result.Resample(sampleRate);
        var perPacket = (int)(sampleRate * PacketSeconds);
        return new AudioClip(fixture.Samples[..(fixture.Samples.Length / perPacket * perPacket)], sampleRate);
    }

    /// <summary>Counts what comes, on a thread of its own.</summary>
    public void Receive()
    {
        _receiving = new Thread(Count);
        _receiving.Start();
    }

    /// <summary>Gaps count from now on.</summary>
    public void ForgetGaps()
    {
        Array.Clear(_lastArrival);
        WorstGap = WorstLateness = PutOff = TimeSpan.Zero;
    }

    /// <summary>Protects what <see cref="Send"/> is going to send, so that the processor has the measured side to itself then.</summary>
    public void Prepare(int calls, int packets)
    {
        if (_protections.Length == 0)
            return;
        var length = RtpPacket.HeaderLength + _frames[0].Length + SrtpSession.MaxOverhead;
        _prepared = [.. Enumerable.Range(0, packets).Select(_ => new byte[calls * length])];
        Parallel.For(0, calls, call =>
        {
            for (var packet = 0; packet < packets; packet++)
                _preparedLength = Write(_prepared[packet].AsSpan(call * length, length), call, packet);
        });
    }

    /// <summary>Sends each port so many packets in their time.</summary>
    /// <returns>How many were sent.</returns>
    public long Send(ushort[] ports, int packets)
    {
        // It stands for phones, which do not wait for this machine.
        RealTime.Ask(NullLogger.Instance);
        using var batch = new PacketBatch(Batch);
        var total = (long)ports.Length * packets;
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0L; sent < total;)
        {
            var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var late = elapsed - sent * PacketSeconds / ports.Length;
            if (late > MostBehind)
            {
                started += (long)(late * Stopwatch.Frequency);
                PutOff += TimeSpan.FromSeconds(late);
                elapsed -= late;
            }
            WorstLateness = TimeSpan.FromSeconds(Math.Max(WorstLateness.TotalSeconds, late));
            var due = Math.Min(total, (long)(elapsed / PacketSeconds * ports.Length));
            while (sent < due)
            {
                var now = Stopwatch.GetTimestamp();
                for (; sent < due && !batch.IsFull; sent++)
                    Add(batch, (int)(sent % ports.Length), sent / ports.Length, ports[sent % ports.Length], now);
                batch.Send(_socket);
            }
            if (sent < total)
                Thread.Sleep(1);
        }
        return total;
    }

    /// <summary>Sends to the ports that are not 0, each place of the list its own stream, until it is disposed.</summary>
    public IDisposable SendWhileOpen(ushort[] ports)
    {
        var ended = new CancellationTokenSource();
        var thread = new Thread(() => SendWhileOpen(ports, ended.Token));
        thread.Start();
        return new Ending(() =>
        {
            ended.Cancel();
            thread.Join();
            ended.Dispose();
        });
    }

    public void Dispose()
    {
        _stopped = true;
        _receiving?.Join();
        _socket.Dispose();
        _reports.Dispose();
    }

    // The reports of all calls go to the port behind that of the packets. Nobody reads them, but were it free a call could get it for its own.
    private static (Socket, Socket) BindPair()
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var next = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                next.Bind(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)socket.LocalEndPoint!).Port + 1));
                return (socket, next);
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
                next.Dispose();
            }
        }
    }

    private void SendWhileOpen(ushort[] ports, CancellationToken ended)
    {
        using var batch = new PacketBatch(Batch);
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0L; !ended.IsCancellationRequested; Thread.Sleep(1))
        {
            var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds / PacketSeconds * ports.Length);
            for (; sent < due; sent++)
            {
                var call = (int)(sent % ports.Length);
                if (Volatile.Read(ref ports[call]) is var port and not 0)
                    Add(batch, call, sent / ports.Length, port, Stopwatch.GetTimestamp());
                if (batch.IsFull)
                    batch.Send(_socket);
            }
            batch.Send(_socket);
        }
    }

    private void Count()
    {
        RealTime.Ask(NullLogger.Instance);
        using var batch = new PacketBatch(Batch);
        while (!_stopped)
        {
            batch.Receive(_socket);
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < batch.Count; i++)
            {
                ref var last = ref _lastArrival[batch.SourcePort(i)];
                var gap = Stopwatch.GetElapsedTime(last, now);
                if (last != 0 && gap - TimeSpan.FromSeconds(PacketSeconds) > WorstGap)
                    WorstGap = gap - TimeSpan.FromSeconds(PacketSeconds);
                last = now;
            }
            Interlocked.Add(ref _received, batch.Count);
            // Whoever waits for each packet has the sender of it pay for being woken, which on a network he does not.
            if (!batch.IsFull)
                Thread.Sleep(1);
        }
    }

    private void Add(PacketBatch batch, int call, long packet, ushort port, long now)
    {
        var length = _preparedLength;
        if (packet < _prepared.Length)
            _prepared[packet].AsSpan(call * (_prepared[packet].Length / _protections.Length), length).CopyTo(batch.Next);
        else
            length = Write(batch.Next, call, packet);
        _times[call, packet] = now;
        batch.Add(length, port);
    }

    private int Write(Span<byte> datagram, int call, long packet)
    {
        var payload = _frames[packet % _frames.Length];
        RtpPacket.WriteHeader(datagram, _codec.StaticPayloadType!.Value, packet == 0, (ushort)packet, (uint)(packet * _codec.ClockRate / 50), (uint)call + 1);
        payload.CopyTo(datagram[RtpPacket.HeaderLength..]);
        var length = RtpPacket.HeaderLength + payload.Length;
        return _protections.Length > 0 ? _protections[call].Protect(datagram, length) : length;
    }

    private static byte[][] Frames(AudioCodec codec, AudioClip speech)
    {
        var encoder = codec.CreateEncoder();
        var perPacket = (int)(codec.SampleRate * PacketSeconds);
        var payload = new byte[perPacket * 2];
        return [.. Enumerable.Range(0, speech.Samples.Length / perPacket)
            .Select(i => payload[..encoder.Encode(speech.Samples.Span.Slice(i * perPacket, perPacket), payload)])];
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
