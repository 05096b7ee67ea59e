using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// The audio of one call: its ports, what it plays and records, the keys that are pressed. Open it for its port before the answer is
/// written, start it with what was negotiated, close it when the call ends. All members may be called from any thread.
/// </summary>
public sealed partial class AudioSession : IAsyncDisposable
{
    // What may wait in the socket of a port at most: more comes only from somebody who floods it.
    private const int MostLeftOver = 10_000;

    // A voice has nothing above 8 kHz that anybody would miss in a message, and a recogniser wants no more.
    private const int HighestRecordingRate = 16000;

    private readonly MediaEngine _engine;
    private readonly string _name;
    private readonly IDatagramReceiver _datagrams;
    private readonly Socket _rtp;
    private readonly Socket _rtcp;
    private readonly MediaProtection _protection = new();
    private readonly SecureTransport _transport;
    private readonly Transmitter _transmitter;
    private readonly WorkingSet _working = new();
    private readonly Receiver _receiver;
    private readonly Ticker _watching;
    private readonly Ticker _sending;
    private readonly RtcpReporter _reporter;
    private readonly SemaphoreSlim _playing = new(1, 1);
    private readonly Lock _gate = new();
    private IAsyncDisposable? _rtpLoop;
    private IAsyncDisposable? _rtcpLoop;
    private long _lastTick;
    private bool _closed;

    internal AudioSession(MediaEngine engine, IDatagramReceiver datagrams, Socket rtp, Socket rtcp, string name)
    {
        _engine = engine;
        _name = name;
        _datagrams = datagrams;
        _rtp = rtp;
        _rtcp = rtcp;
        _working[WorkingPart.Session] = this;
        _receiver = new Receiver(_working);
        LocalRtp = (IPEndPoint)rtp.LocalEndPoint!;
        _transport = new SecureTransport(rtp, engine.Handshakes, _protection, _receiver.Fix, engine.Logger);
        _watching = new Ticker(this, sends: false);
        _sending = new Ticker(this, sends: true);
        _transmitter = new Transmitter(rtp, _protection, SendsOrNot);
        _reporter = new RtcpReporter(rtp, rtcp, _protection, _transmitter, _receiver, engine.Started, engine.Options.RtcpInterval);
        _receiver.SendsAs(_transmitter.Ssrc);
    }

    /// <summary>
    /// Where RTP is received. When the engine is bound to all addresses, so is this: use <see cref="MediaAddress.Reaching"/> for the
    /// description.
    /// </summary>
    public IPEndPoint LocalRtp { get; }

    /// <summary>Whose certificate we show in a handshake of DTLS, for the description.</summary>
    public CertificateFingerprint Fingerprint => _transport.Fingerprint;

    /// <summary>What was negotiated; null before <see cref="Start"/>.</summary>
    public NegotiatedAudio? Audio { get; private set; }

    /// <summary>The rate of what is played, in Hz; 8000 before <see cref="Start"/>. Sources of other rates are resampled.</summary>
    public int SampleRate => Audio?.Codec.SampleRate ?? 8000;

    /// <summary>
    /// The rate of a recording that begins now, in Hz: that of the codec, but 16 kHz at most. It keeps it to its end, also when the codec
    /// changes meanwhile.
    /// </summary>
    public int RecordingRate => Math.Min(SampleRate, HighestRecordingRate);

    /// <summary>
    /// Keys that the other side pressed (RFC 4733), each once, as soon as the first packet of it comes; or, where no events were agreed on,
    /// as soon as its tones are heard. Holds 64; the oldest go first.
    /// Completes when the session is closed.
    /// </summary>
    public ChannelReader<char> Keys => _receiver.Keys;

    /// <summary>
    /// Takes a key that the other side pressed and that came another way than in RTP, such as in an INFO: it ends a recording or is read
    /// from <see cref="Keys"/> like any other. After the end of the session it does nothing.
    /// </summary>
    /// <param name="key">A digit, <c>*</c>, <c>#</c>, A to D.</param>
    public void TakeKey(char key) => _receiver.TakeKey(key);

    /// <summary>How long ago the last RTP packet of the other side came; null before the first.</summary>
    public TimeSpan? SinceLastPacket => _receiver.LastPacket is { } last ? TimeSpan.FromSeconds(Math.Max(0, _engine.Clock.Now - last)) : null;

    /// <summary>What was sent and received so far.</summary>
    public MediaFigures Figures => _reporter.Figures(_receiver.Figures(default), Audio?.Codec.ClockRate ?? 8000);

    /// <summary>Starts receiving and sending; called again, it follows a new offer: other codec, other address, hold.</summary>
    public void Start(NegotiatedAudio audio)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var remote = Serialize(audio.Remote);
            _receiver.Configure(audio, remote);
            _transport.Configure(audio, remote);
            _transmitter.Configure(audio);
            _transmitter.Destination = _receiver.Destination;
            _reporter.Configure(Serialize(audio.RemoteRtcp), audio.RtcpMux);
            Audio = audio;
            if (_rtpLoop is not null)
                return;
            Drain(_rtp);
            Drain(_rtcp);
            _rtpLoop = _datagrams.Start(_rtp, new RtpHandler(this));
            _rtcpLoop = _datagrams.Start(_rtcp, new RtcpHandler(this));
            _engine.Clock.Watch(_watching);
        }
    }

    /// <summary>Plays a clip to its end; waits for what is being played before it.</summary>
    /// <exception cref="OperationCanceledException">The token fired, which stops the sound at once; or the session was closed.</exception>
    public Task PlayAsync(AudioClip clip, CancellationToken cancellationToken) => PlayAsync(clip.Resample(SampleRate).Open(), cancellationToken);

    /// <summary>Plays a source to its end; waits for what is being played before it. While the call is held, the source waits too.</summary>
    /// <exception cref="OperationCanceledException">The token fired, which stops the sound at once; or the session was closed.</exception>
    public async Task PlayAsync(IAudioSource source, CancellationToken cancellationToken)
    {
        await _playing.WaitAsync(cancellationToken);
        try
        {
            var playback = new Playback(source);
            using var stop = cancellationToken.UnsafeRegister((_, token) =>
            {
                playback.Cancel(token);
                _transmitter.End(playback);
            }, null);
            _transmitter.Begin(playback);
            await playback.Done;
        }
        finally
        {
            _playing.Release();
        }
    }

    /// <summary>Presses keys, one after the other, as telephone-events. Audio that is being played waits meanwhile.</summary>
    /// <param name="keys">Digits, <c>*</c>, <c>#</c>, A to D.</param>
    /// <param name="cancellationToken">Ends the wait; what is under way is still sent.</param>
    /// <exception cref="ArgumentException">A character is no key.</exception>
    /// <exception cref="InvalidOperationException">The other side takes no telephone-events.</exception>
    /// <exception cref="OperationCanceledException">The token fired, or the session was closed.</exception>
    public async Task PressAsync(string keys, CancellationToken cancellationToken)
    {
        if (Audio is not { DtmfPayloadType: not null })
            throw new InvalidOperationException("The other side takes no telephone-events");
        var presses = keys.Select(key => new KeyPress(TelephoneEvent.Of(key))).ToList();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            presses.ForEach(_transmitter.Press);
        }
        foreach (var press in presses)
            await press.Done.WaitAsync(cancellationToken);
    }

    /// <summary>Records what comes from now on until a limit is reached or the token fires, neither of which throws.</summary>
    /// <param name="sink">Gets the samples, at the <see cref="RecordingRate"/>.</param>
    /// <param name="limits">When to end by itself.</param>
    /// <param name="cancellationToken">Usually that of the call.</param>
    /// <exception cref="InvalidOperationException">Another recording is under way.</exception>
    public async Task<RecordingOutcome> RecordAsync(IPcmSink sink, RecordingLimits limits, CancellationToken cancellationToken)
    {
        using var recording = StartRecording(sink, limits);
        await using var stop = cancellationToken.UnsafeRegister(state => ((ActiveRecording)state!).Dispose(), recording);
        return await recording.Outcome;
    }

    /// <summary>Records in the background until it is disposed, a limit is reached, or the session is closed.</summary>
    /// <exception cref="InvalidOperationException">Another recording is under way.</exception>
    public ActiveRecording StartRecording(IPcmSink sink, RecordingLimits? limits = null)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var monitor = new RecordingMonitor(sink, limits ?? new RecordingLimits(), RecordingRate, _engine.Clock.Now);
            _receiver.Start(monitor, _engine.Clock.Now);
            return new ActiveRecording(_receiver, monitor, _engine.Clock);
        }
    }

    /// <summary>Ends everything, says BYE over RTCP, closes the ports and lets them rest.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            _engine.Clock.Unwatch(_watching);
            _transmitter.Stop();
            EndReception();
            _reporter.Bye(_lastTick, _engine.Clock.Now);
        }
        await _transport.DisposeAsync();
        if (_rtpLoop is not null)
            await _rtpLoop.DisposeAsync();
        if (_rtcpLoop is not null)
            await _rtcpLoop.DisposeAsync();
        _rtp.Dispose();
        _rtcp.Dispose();
        _protection.Dispose();
        if (Audio is not null)
            LogFigures(Figures);
        _engine.Ports.Return(LocalRtp.Port);
    }

    // Each 20 ms is only for who sends something: most calls at most times listen.
    private void SendsOrNot(bool sends)
    {
        if (sends)
            _engine.Clock.Add(_sending);
        else
            _engine.Clock.Remove(_sending);
    }

    private void Tick(long tick, bool sends)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _lastTick = tick;
            var now = _engine.Clock.Now;
            try
            {
                _transmitter.Destination = sends ? _receiver.Destination : _receiver.Tick(now);
                if (sends)
                    _transmitter.Tick(tick);
                else
                    _reporter.Tick(tick, now);
            }
            catch (Exception fault)
            {
                Fail(fault);
                throw;
            }
        }
    }

    // A fault of ours ends the call that met it: whoever waits for a sound or a recording of it is told so, and nobody else.
    private void Fail(Exception fault)
    {
        Log.Failed(_engine.Logger, _name, fault);
        lock (_gate)
        {
            _transmitter.Stop();
            EndReception();
        }
    }

    // What was held back goes to the sink at the end; one that throws at it must not keep the ports and who waits.
    private void EndReception()
    {
        try
        {
            _receiver.Close(_engine.Clock.Now);
        }
        catch (Exception fault)
        {
            Log.Failed(_engine.Logger, _name, fault);
        }
    }

    // What came before the call began is of the call that had the port before.
    private static void Drain(Socket socket)
    {
        Span<byte> one = stackalloc byte[1];
        for (var i = 0; i < MostLeftOver; i++)
        {
            socket.Receive(one, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return;
        }
    }

    private void ReceivedRtp(ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        if (!RtpPacket.MayBe(datagram) && _transport.Take(datagram, source))
            return;
        // RFC 5761 §4: payload types 64 to 95 with the marker bit are RTCP on the port of RTP.
        if (datagram.Length > 1 && datagram[1] is >= 192 and <= 223)
        {
            ReceivedRtcp(datagram, source);
            return;
        }
        if (!_protection.IsRequired)
        {
            Take(datagram, source);
            return;
        }
        // A forged packet costs a hash or two and an exception: nobody has us pay that for every call from anywhere.
        if (_receiver.IsStranger(source, _engine.Clock.Now))
            return;
        Span<byte> packet = stackalloc byte[Math.Min(datagram.Length, SrtpHeader.MaxPacket)];
        datagram[..packet.Length].CopyTo(packet);
        if (_protection.TryUnprotect(packet, out var length))
            Take(packet[..length], source);
        else
            _receiver.Unusable();
    }

    // RFC 3550 §8.2: say BYE under the old name, and choose another.
    private void ChangeSsrc()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _reporter.Bye(_lastTick, _engine.Clock.Now);
            _transmitter.ChangeSsrc();
            _receiver.SendsAs(_transmitter.Ssrc);
        }
    }

    private void ReceivedRtcp(ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        if (!_protection.IsRequired)
        {
            TakeReport(datagram, source);
            return;
        }
        Span<byte> packet = stackalloc byte[Math.Min(datagram.Length, SrtpHeader.MaxPacket)];
        datagram[..packet.Length].CopyTo(packet);
        if (_receiver.IsFrom(source) && _protection.TryUnprotectReport(packet, out var length))
            TakeReport(packet[..length], source);
        else
            _receiver.Unusable();
    }

    private void Take(ReadOnlySpan<byte> packet, SocketAddress source)
    {
        if (!_receiver.Received(packet, source, _engine.Clock.Now))
            ChangeSsrc();
    }

    private void TakeReport(ReadOnlySpan<byte> packet, SocketAddress source)
    {
        if (!_reporter.Received(packet, source, _engine.Clock.Now))
            _receiver.Unusable();
    }

    // A socket for both families sees an IPv4 address as one of IPv6 (RFC 4291 §2.5.5.2).
    private SocketAddress? Serialize(IPEndPoint? remote) =>
        remote is null ? null
        : _rtp.AddressFamily == AddressFamily.InterNetworkV6 && remote.AddressFamily == AddressFamily.InterNetwork
            ? new IPEndPoint(remote.Address.MapToIPv6(), remote.Port).Serialize()
            : _rtp.AddressFamily == remote.AddressFamily ? remote.Serialize() : null;

    private void LogFigures(MediaFigures figures) => Log.Ended(
        _engine.Logger, _name, figures.PacketsReceived, figures.PacketsLost, figures.PacketsLate, figures.PacketsOfStrangers, figures.PacketsUnusable,
        figures.SourceChanges, figures.Jitter.TotalMilliseconds, Known(figures.MeanOpinionScore), figures.PacketsSent,
        Known(figures.PacketsLostByRemote), Known(figures.JitterAtRemote?.TotalMilliseconds), Known(figures.RoundTrip?.TotalMilliseconds),
        Known(figures.MeanOpinionScoreAtRemote));

    private static string Known(double? figure) => figure?.ToString("0.#", CultureInfo.InvariantCulture) ?? "unknown";

    private sealed class Ticker(AudioSession session, bool sends) : IMediaTick
    {
        public void Tick(long tick) => session.Tick(tick, sends);
    }

    private sealed class RtpHandler(AudioSession session) : IDatagramHandler
    {
        public WorkingSet WorkingSet => session._working;

        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source)
        {
            try
            {
                session.ReceivedRtp(datagram, source);
            }
            catch (Exception fault)
            {
                session.Fail(fault);
                throw;
            }
        }
    }

    private sealed class RtcpHandler(AudioSession session) : IDatagramHandler
    {
        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source) => session.ReceivedRtcp(datagram, source);
    }

    private static partial class Log
    {
        [LoggerMessage(3006, LogLevel.Information,
            "Call {Call}: received {Received} packets, lost {Lost}, late {Late}, of strangers {Strangers}, unusable {Unusable}, source changes {Changes}, jitter {Jitter:F1} ms, MOS {Mos}; sent {Sent}, of them lost {LostThere}, jitter there {JitterThere} ms, round trip {RoundTrip} ms, MOS there {MosThere}")]
        public static partial void Ended(
            ILogger logger, string call, long received, long lost, long late, long strangers, long unusable, int changes, double jitter, string mos,
            long sent, string lostThere, string jitterThere, string roundTrip, string mosThere);

        [LoggerMessage(3007, LogLevel.Error, "Call {Call}: its media ends by a fault")]
        public static partial void Failed(ILogger logger, string call, Exception fault);
    }
}
