using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>What becomes of a call whose media met a fault.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class SessionFaultTests : IAsyncLifetime
{
    private readonly MediaEngine _engine = new(new MediaOptions(), TimeProvider.System);
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(30));
    private readonly Socket _peer = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private AudioSession _server = null!;

    public ValueTask InitializeAsync()
    {
        _peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server = _engine.OpenSession();
        _server.Start(Agreed());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
        _peer.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_comes_after_a_fault_is_told_at_once_also_after_a_new_offer(bool offer)
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.PlayAsync(new Broken(), _guard.Token));
        if (offer)
            _server.Start(Agreed());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.PlayAsync(AudioClip.Silence(TimeSpan.FromSeconds(1)), _guard.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.PressAsync("1", _guard.Token));
        var recorded = await _server.RecordAsync(new RecordedSamples(), new RecordingLimits(), _guard.Token);
        Assert.Equal(RecordingEnd.CallEnded, recorded.End);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.NextKeyAsync("1", _guard.Token));
        Assert.False(_guard.IsCancellationRequested);
    }

    // The second packet is missing, so the third is held back until the end of the call.
    [Fact]
    public async Task A_sink_that_throws_at_the_end_keeps_neither_the_ports_nor_who_waits()
    {
        var sink = new OnceOnly();
        var recording = _server.RecordAsync(sink, new RecordingLimits(), _guard.Token);
        await SendAsync(1);
        await SendAsync(3);
        while (_server.Figures.PacketsReceived < 2)
            await Task.Delay(10, _guard.Token);
        await _server.DisposeAsync();
        Assert.Equal(RecordingEnd.CallEnded, (await recording.WaitAsync(_guard.Token)).End);
        Assert.Equal(2, sink.Writes);
        using var next = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        next.Bind(_server.LocalRtp);
    }

    private async Task SendAsync(ushort sequence)
    {
        var datagram = new byte[172];
        RtpPacket.WriteHeader(datagram, 0, false, sequence, sequence * 160u, 1);
        await _peer.SendToAsync(datagram, _server.LocalRtp, _guard.Token);
    }

    private NegotiatedAudio Agreed() => new()
    {
        Codec = AudioCodec.Pcmu,
        PayloadType = 0,
        ReceivePayloadType = 0,
        DtmfPayloadType = 101,
        ReceiveDtmfPayloadType = 101,
        Remote = (IPEndPoint)_peer.LocalEndPoint!,
    };

    private sealed class Broken : IAudioSource
    {
        public int SampleRate => 8000;

        public int Read(Span<short> samples) => throw new InvalidOperationException("a fault of one call");
    }

    private sealed class OnceOnly : IPcmSink
    {
        public int Writes { get; private set; }

        public bool Write(ReadOnlySpan<short> samples) => ++Writes == 1 ? true : throw new InvalidOperationException("a fault of one call");
    }
}
