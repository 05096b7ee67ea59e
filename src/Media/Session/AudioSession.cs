using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// The audio of one call: its ports, what it plays and records, the keys that are pressed. Open it for its port before the answer is
/// written, start it with what was negotiated, close it when the call ends. All members may be called from any thread.
/// </summary>
public sealed class AudioSession : IAsyncDisposable, IMediaTick
{
    private readonly MediaEngine engine;
    private readonly IDatagramReceiver datagrams;
    private readonly Socket rtp;
    private readonly Socket rtcp;
    private readonly Transmitter transmitter;
    private readonly Receiver receiver = new();
    private readonly RtcpReporter reporter;
    private readonly SemaphoreSlim playing = new(1, 1);
    private readonly Lock gate = new();
    private IAsyncDisposable? rtpLoop;
    private IAsyncDisposable? rtcpLoop;
    private long lastTick;
    private bool closed;

    internal AudioSession(MediaEngine engine, IDatagramReceiver datagrams, Socket rtp, Socket rtcp)
    {
        this.engine = engine;
        this.datagrams = datagrams;
        this.rtp = rtp;
        this.rtcp = rtcp;
        LocalRtp = (IPEndPoint)rtp.LocalEndPoint!;
        transmitter = new Transmitter(rtp);
        reporter = new RtcpReporter(rtcp, transmitter, receiver, engine.Time, engine.Options.RtcpInterval);
    }

    /// <summary>
    /// Where RTP is received. When the engine is bound to all addresses, so is this: use <see cref="MediaAddress.Reaching"/> for the
    /// description.
    /// </summary>
    public IPEndPoint LocalRtp { get; }

    /// <summary>What was negotiated; null before <see cref="Start"/>.</summary>
    public NegotiatedAudio? Audio { get; private set; }

    /// <summary>The rate of what is played and recorded, in Hz; 8000 before <see cref="Start"/>.</summary>
    public int SampleRate => Audio?.Codec.SampleRate ?? 8000;

    /// <summary>
    /// Keys that the other side pressed (RFC 4733), each once, as soon as the first packet of it comes. Holds 64; the oldest go first.
    /// Completes when the session is closed.
    /// </summary>
    public ChannelReader<char> Keys => receiver.Keys;

    /// <summary>How long ago the last RTP packet of the other side came; null before the first.</summary>
    public TimeSpan? SinceLastPacket => receiver.LastPacket is { } last ? TimeSpan.FromSeconds(Math.Max(0, engine.Clock.Now - last)) : null;

    /// <summary>What was sent and received so far.</summary>
    public MediaFigures Figures => reporter.Figures(receiver.Figures(default), Audio?.Codec.ClockRate ?? 8000);

    /// <summary>Starts receiving and sending; called again, it follows a new offer: other codec, other address, hold.</summary>
    public void Start(NegotiatedAudio audio)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            var remote = Serialize(audio.Remote);
            receiver.Configure(audio, remote);
            transmitter.Configure(audio);
            transmitter.Destination = receiver.Destination;
            reporter.Configure(Serialize(audio.RemoteRtcp));
            Audio = audio;
            if (rtpLoop is not null)
                return;
            rtpLoop = datagrams.Start(rtp, new RtpHandler(this));
            rtcpLoop = datagrams.Start(rtcp, new RtcpHandler(this));
            engine.Clock.Add(this);
        }
    }

    /// <summary>Plays a clip to its end; waits for what is being played before it.</summary>
    /// <exception cref="OperationCanceledException">The token fired, which stops the sound at once; or the session was closed.</exception>
    public Task PlayAsync(AudioClip clip, CancellationToken cancellationToken) => PlayAsync(clip.Resample(SampleRate).Open(), cancellationToken);

    /// <summary>Plays a source to its end; waits for what is being played before it. While the call is held, the source waits too.</summary>
    /// <exception cref="ArgumentException">The source has another rate than the session.</exception>
    /// <exception cref="OperationCanceledException">The token fired, which stops the sound at once; or the session was closed.</exception>
    public async Task PlayAsync(IAudioSource source, CancellationToken cancellationToken)
    {
        if (source.SampleRate != SampleRate)
            throw new ArgumentException($"The source has {source.SampleRate} Hz, the call {SampleRate} Hz", nameof(source));
        await playing.WaitAsync(cancellationToken);
        try
        {
            var playback = new Playback(source);
            using var stop = cancellationToken.UnsafeRegister((_, token) =>
            {
                playback.Cancel(token);
                transmitter.End(playback);
            }, null);
            lock (gate)
            {
                if (closed)
                    playback.Cancel(CancellationToken.None);
                else
                    transmitter.Begin(playback);
            }
            await playback.Done;
        }
        finally
        {
            playing.Release();
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
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            presses.ForEach(transmitter.Press);
        }
        foreach (var press in presses)
            await press.Done.WaitAsync(cancellationToken);
    }

    /// <summary>Records what comes from now on until a limit is reached or the token fires, neither of which throws.</summary>
    /// <param name="sink">Gets the samples.</param>
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
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            var monitor = new RecordingMonitor(sink, limits ?? new RecordingLimits(), SampleRate, engine.Clock.Now);
            receiver.Start(monitor, engine.Clock.Now);
            return new ActiveRecording(receiver, monitor, engine.Clock);
        }
    }

    /// <summary>Ends everything, says BYE over RTCP, closes the ports and lets them rest.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            engine.Clock.Remove(this);
            transmitter.Stop();
            receiver.Close(engine.Clock.Now);
            reporter.Bye(lastTick, engine.Clock.Now);
        }
        if (rtpLoop is not null)
            await rtpLoop.DisposeAsync();
        if (rtcpLoop is not null)
            await rtcpLoop.DisposeAsync();
        rtp.Dispose();
        rtcp.Dispose();
        engine.Ports.Return(LocalRtp.Port);
    }

    void IMediaTick.Tick(long tick)
    {
        lock (gate)
        {
            if (closed)
                return;
            lastTick = tick;
            var now = engine.Clock.Now;
            transmitter.Tick(tick);
            receiver.Tick(now);
            reporter.Tick(tick, now);
        }
    }

    private void ReceivedRtp(ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        // RFC 5761 §4: payload types 64 to 95 with the marker bit are RTCP on the port of RTP.
        if (datagram.Length > 1 && datagram[1] is >= 192 and <= 223)
        {
            ReceivedRtcp(datagram, source);
            return;
        }
        receiver.Received(datagram, source, engine.Clock.Now);
        transmitter.Destination = receiver.Destination;
    }

    private void ReceivedRtcp(ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        if (!reporter.Received(datagram, source, engine.Clock.Now))
            receiver.Unusable();
    }

    // A socket for both families sees an IPv4 address as one of IPv6 (RFC 4291 §2.5.5.2).
    private SocketAddress? Serialize(IPEndPoint? remote) =>
        remote is null ? null
        : rtp.AddressFamily == AddressFamily.InterNetworkV6 && remote.AddressFamily == AddressFamily.InterNetwork
            ? new IPEndPoint(remote.Address.MapToIPv6(), remote.Port).Serialize()
            : rtp.AddressFamily == remote.AddressFamily ? remote.Serialize() : null;

    private sealed class RtpHandler(AudioSession session) : IDatagramHandler
    {
        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source) => session.ReceivedRtp(datagram, source);
    }

    private sealed class RtcpHandler(AudioSession session) : IDatagramHandler
    {
        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source) => session.ReceivedRtcp(datagram, source);
    }
}
