using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

[Collection(nameof(OnePortAtATime))]
public sealed class AudioSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly MediaEngine _engine = new(new MediaOptions { RtcpInterval = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
    private readonly CancellationTokenSource _guard = new(Guard);
    private AudioSession _phone = null!;
    private AudioSession _server = null!;

    public ValueTask InitializeAsync()
    {
        _phone = _engine.OpenSession();
        _server = _engine.OpenSession();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _phone.DisposeAsync();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Theory]
    [InlineData("PCMU", 20)]
    [InlineData("PCMA", 20)]
    [InlineData("PCMU", 10)]
    [InlineData("PCMA", 30)]
    [InlineData("PCMU", 60)]
    public async Task Every_sample_that_is_played_is_recorded(string codec, int ptime)
    {
        Connect(AudioCodec.BuiltIn.Single(candidate => candidate.Name == codec), ptime);
        var clip = Speechlike(1.03);
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        await _phone.PlayAsync(clip, _guard.Token);
        await sink.HasAsync(clip.Samples.Length).WaitAsync(Guard);
        recording.Dispose();
        await recording.Outcome;
        var expected = clip.Through(_phone.Audio!.Codec).Samples.ToArray();
        Assert.Equal(expected, sink.Samples[..expected.Length]);
        Assert.Equal(0, _server.Figures.PacketsLost);
    }

    [Fact]
    public async Task Pieces_are_played_whole_one_after_the_other_in_their_time()
    {
        Connect();
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        AudioClip[] pieces = [Speechlike(0.2, 1), Speechlike(0.2, 2), Speechlike(0.2, 3)];
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(pieces.Select(piece => _phone.PlayAsync(piece, _guard.Token)));
        var took = TimeProvider.System.GetElapsedTime(started);
        await sink.HasAsync(3 * 1600).WaitAsync(Guard);
        var offset = TimeSpan.FromSeconds(-1);
        foreach (var piece in pieces)
        {
            var comparison = AudioComparison.Compare(piece, new AudioClip(sink.Samples, 8000));
            Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), (comparison.LostAtHead, comparison.LostAtTail, comparison.LongestGap));
            Assert.True(comparison.Offset > offset);
            offset = comparison.Offset;
        }
        Assert.True(took >= TimeSpan.FromMilliseconds(550), $"600 ms were played in {took}");
    }

    [Fact]
    public async Task Both_ways_work_at_once()
    {
        Connect();
        var (atServer, atPhone) = (new RecordedSamples(), new RecordedSamples());
        using var one = _server.StartRecording(atServer);
        using var two = _phone.StartRecording(atPhone);
        var clip = Speechlike(0.3);
        await Task.WhenAll(_phone.PlayAsync(clip, _guard.Token), _server.PlayAsync(clip, _guard.Token));
        await Task.WhenAll(atServer.HasAsync(2400), atPhone.HasAsync(2400)).WaitAsync(Guard);
        var expected = clip.Through(AudioCodec.Pcmu).Samples.ToArray();
        Assert.Equal(expected, atServer.Samples);
        Assert.Equal(expected, atPhone.Samples);
    }

    [Fact]
    public async Task Keys_arrive_once_each_and_in_order()
    {
        Connect();
        await _phone.PressAsync("159#", _guard.Token);
        var keys = "";
        while (keys.Length < 4)
            keys += await _server.Keys.ReadAsync(_guard.Token);
        Assert.Equal("159#", keys);
        Assert.False(_server.Keys.TryRead(out _));
    }

    [Fact]
    public async Task A_key_stops_a_prompt()
    {
        Connect();
        var prompt = _server.PlayUntilKeyAsync(AudioClip.Silence(Guard), "12", _guard.Token);
        await _phone.PressAsync("92", _guard.Token);
        Assert.Equal('2', await prompt.WaitAsync(Guard));
        Assert.Null(await _server.PlayUntilKeyAsync(AudioClip.Silence(TimeSpan.FromMilliseconds(40)), "1", _guard.Token).WaitAsync(Guard));
    }

    [Fact]
    public async Task Digits_are_read_up_to_the_terminator()
    {
        Connect();
        var digits = _server.ReadDigitsAsync(10, '#', Guard, TimeProvider.System, _guard.Token);
        await _phone.PressAsync("42#", _guard.Token);
        Assert.Equal("42", await digits);
    }

    [Fact]
    public async Task Playing_stops_when_the_token_fires()
    {
        Connect();
        using var stop = new CancellationTokenSource();
        var playing = _phone.PlayAsync(AudioClip.Silence(Guard), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => playing);
        await _phone.PlayAsync(Speechlike(0.04), _guard.Token);
    }

    [Fact]
    public async Task Closing_ends_whatever_waits()
    {
        Connect();
        var playing = _phone.PlayAsync(AudioClip.Silence(Guard), _guard.Token);
        var recording = _phone.RecordAsync(new RecordedSamples(), new RecordingLimits(), _guard.Token);
        await _phone.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => playing);
        Assert.Equal(RecordingEnd.CallEnded, (await recording).End);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _phone.NextKeyAsync("1", _guard.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _phone.PlayAsync(AudioClip.Silence(Guard), _guard.Token));
    }

    [Fact]
    public async Task A_recording_ends_by_key_length_silence_and_missing_media()
    {
        Connect();
        var byKey = _server.RecordAsync(new RecordedSamples(), new RecordingLimits { StopKeys = "#" }, _guard.Token);
        await _phone.PressAsync("#", _guard.Token);
        Assert.Equal((RecordingEnd.Key, '#'), ((await byKey).End, (await byKey).Key));

        var sink = new RecordedSamples();
        var byLength = _server.RecordAsync(sink, new RecordingLimits { MaxDuration = TimeSpan.FromMilliseconds(130) }, _guard.Token);
        await _phone.PlayAsync(Speechlike(0.3), _guard.Token);
        Assert.Equal(RecordingEnd.MaxDuration, (await byLength.WaitAsync(Guard)).End);
        Assert.Equal(1040, sink.Samples.Length);

        var bySilence = _server.RecordAsync(new RecordedSamples(), new RecordingLimits { MaxSilence = TimeSpan.FromMilliseconds(400) }, _guard.Token);
        var outcome = await bySilence.WaitAsync(Guard);
        Assert.Equal((RecordingEnd.Silence, false), (outcome.End, outcome.ContainsSpeech));

        var byMedia = _server.RecordAsync(new RecordedSamples(), new RecordingLimits { MediaTimeout = TimeSpan.FromMilliseconds(100) }, _guard.Token);
        Assert.Equal(RecordingEnd.MediaTimeout, (await byMedia.WaitAsync(Guard)).End);
    }

    [Fact]
    public async Task A_sink_that_fails_ends_the_recording()
    {
        Connect();
        var recording = _server.RecordAsync(new Full(), new RecordingLimits(), _guard.Token);
        await _phone.PlayAsync(Speechlike(0.1), _guard.Token);
        Assert.Equal(RecordingEnd.SinkFailed, (await recording.WaitAsync(Guard)).End);
    }

    [Fact]
    public async Task While_held_the_prompt_waits()
    {
        Connect();
        _server.Start(_server.Audio! with { Direction = MediaDirection.ReceiveOnly });
        var sink = new RecordedSamples();
        using var recording = _phone.StartRecording(sink);
        var playing = _server.PlayAsync(Speechlike(0.1), _guard.Token);
        await _phone.PlayAsync(Speechlike(0.1), _guard.Token);
        Assert.False(playing.IsCompleted);
        _server.Start(_server.Audio with { Direction = MediaDirection.SendReceive });
        await playing.WaitAsync(Guard);
        await sink.HasAsync(800).WaitAsync(Guard);
    }

    [Fact]
    public async Task Reports_tell_the_round_trip_and_the_end()
    {
        Connect();
        while (_phone.Figures.RoundTrip is null)
            await Task.WhenAll(_phone.PlayAsync(Speechlike(0.1), _guard.Token), _server.PlayAsync(Speechlike(0.1), _guard.Token));
        Assert.Equal(0, _phone.Figures.PacketsLostByRemote);
        Assert.True(_phone.Figures.RoundTrip < TimeSpan.FromSeconds(1));
        await _phone.DisposeAsync();
        while (!_server.Figures.RemoteLeft)
            await _server.PlayAsync(Speechlike(0.02), _guard.Token);
    }

    [Fact]
    public async Task Packets_go_where_the_first_ones_came_from_and_strangers_are_dropped()
    {
        using var behindNat = Bound();
        using var stranger = Bound();
        _server.Start(Audio(new IPEndPoint(IPAddress.Loopback, 9)));
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        for (ushort i = 0; i < 6; i++)
            await SendAsync(behindNat, i);
        await sink.HasAsync(6 * 160).WaitAsync(Guard);
        await SendAsync(stranger, 6);
        await SendAsync(behindNat, 6);
        await sink.HasAsync(7 * 160).WaitAsync(Guard);
        Assert.Equal(1, _server.Figures.PacketsOfStrangers);
        await _server.PlayAsync(Speechlike(0.02), _guard.Token);
        var received = await behindNat.ReceiveAsync(new byte[2048], _guard.Token);
        Assert.Equal(172, received);
    }

    [Fact]
    public async Task What_is_no_media_of_the_call_is_counted_and_dropped()
    {
        Connect();
        using var other = Bound();
        await other.SendToAsync(new byte[] { 1, 2, 3 }, _server.LocalRtp, _guard.Token);
        await SendAsync(other, 1, payloadType: 77);
        while (_server.Figures.PacketsUnusable < 2)
            await _phone.PlayAsync(Speechlike(0.02), _guard.Token);
        Assert.Equal(0, _server.Figures.PacketsOfStrangers);
    }

    [Fact]
    public async Task What_waited_at_the_port_before_the_call_is_not_of_the_call()
    {
        using var former = Bound();
        for (ushort i = 0; i < 10; i++)
            await SendAsync(former, i);
        Connect();
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        await _phone.PlayAsync(Speechlike(0.1), _guard.Token);
        await sink.HasAsync(800).WaitAsync(Guard);
        var figures = _server.Figures;
        Assert.Equal((5, 0, 0), (figures.PacketsReceived, figures.PacketsOfStrangers, figures.SourceChanges));
    }

    [Fact]
    public async Task Who_takes_our_source_is_heard_and_we_take_another_and_our_own_packets_are_nobody_s_sound()
    {
        using var peer = Bound();
        _server.Start(Audio((IPEndPoint)peer.LocalEndPoint!));
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        var first = await NextSsrcAsync(peer);
        for (ushort i = 0; i < 3; i++)
            await SendAsync(peer, i, ssrc: first);
        await sink.HasAsync(480).WaitAsync(Guard);
        var second = await NextSsrcAsync(peer, other: first);
        Assert.NotEqual(first, second);
        await SendAsync(peer, 9000, ssrc: second);
        await SendAsync(peer, 3, ssrc: first);
        await sink.HasAsync(640).WaitAsync(Guard);
        Assert.Equal((1, 4), (_server.Figures.PacketsLooped, _server.Figures.PacketsReceived));
        Assert.Equal(second, await NextSsrcAsync(peer, other: first));
        Assert.Equal(640, sink.Samples.Length);
    }

    [Fact]
    public async Task A_sink_that_throws_ends_its_own_call_and_no_other()
    {
        Connect();
        await using var other = _engine.OpenSession("other");
        using var otherPeer = Bound();
        other.Start(Audio((IPEndPoint)otherPeer.LocalEndPoint!));
        var waiting = _server.PlayAsync(AudioClip.Silence(Guard), _guard.Token);
        var recording = _server.RecordAsync(new Broken(), new RecordingLimits(), _guard.Token);
        await _phone.PlayAsync(Speechlike(0.1), _guard.Token);
        Assert.Equal(RecordingEnd.CallEnded, (await recording.WaitAsync(Guard)).End);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var sink = new RecordedSamples();
        using var going = other.StartRecording(sink);
        var datagram = new byte[172];
        RtpPacket.WriteHeader(datagram, 0, false, 1, 160, 1);
        await otherPeer.SendToAsync(datagram, other.LocalRtp, _guard.Token);
        await sink.HasAsync(160).WaitAsync(Guard);
    }

    [Fact]
    public async Task Figures_go_on_through_another_codec()
    {
        using var peer = Bound();
        _server.Start(Audio((IPEndPoint)peer.LocalEndPoint!));
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        foreach (var i in new ushort[] { 0, 1, 1, 3 })
            await SendAsync(peer, i);
        await sink.HasAsync(320).WaitAsync(Guard);
        while (_server.Figures.PacketsReceived < 4)
            await _server.PlayAsync(Speechlike(0.02), _guard.Token);
        _server.Start(Audio((IPEndPoint)peer.LocalEndPoint!, AudioCodec.Pcma));
        await sink.HasAsync(640).WaitAsync(Guard);
        foreach (var i in new ushort[] { 4, 5, 5, 6 })
            await SendAsync(peer, i, payloadType: 8);
        await sink.HasAsync(7 * 160).WaitAsync(Guard);
        var figures = _server.Figures;
        Assert.Equal((8, 2, 0), (figures.PacketsReceived, figures.PacketsLate, figures.SourceChanges));
        Assert.InRange(figures.MeanOpinionScore!.Value, 1, 4.5);
    }

    [Fact]
    public async Task A_recording_keeps_its_rate_when_the_call_goes_on_with_another()
    {
        using var peer = Bound();
        _server.Start(Audio((IPEndPoint)peer.LocalEndPoint!));
        var sink = new RecordedSamples();
        using var recording = _server.StartRecording(sink);
        for (ushort i = 0; i < 10; i++)
            await SendAsync(peer, i);
        await sink.HasAsync(1600).WaitAsync(Guard);
        _server.Start(Audio((IPEndPoint)peer.LocalEndPoint!, new Wideband()));
        for (ushort i = 10; i < 20; i++)
            await SendAsync(peer, i, payloadType: 96);
        // Twice the samples came, and as many as for the first ten packets are recorded, but for what the filter holds back.
        await sink.HasAsync(3200 - 16).WaitAsync(Guard);
        Assert.InRange(sink.Samples.Length, 3200 - 16, 3200);
    }

    // Each byte of payload is two samples at 16 kHz.
    private sealed class Wideband : AudioCodec, IAudioEncoder, IAudioDecoder
    {
        public override string Name => "WIDE";
        public override int ClockRate => 8000;
        public override int SampleRate => 16000;
        public override int? StaticPayloadType => 96;
        public override IAudioEncoder CreateEncoder(string parameters = "") => this;
        public override IAudioDecoder CreateDecoder() => this;
        public int Encode(ReadOnlySpan<short> samples, Span<byte> payload) => samples.Length / 2;
        public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length * 2;

        public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
        {
            for (var i = 0; i < payload.Length * 2; i++)
                samples[i] = (short)(payload[i / 2] << 8);
            return payload.Length * 2;
        }
    }

    private async Task<uint> NextSsrcAsync(Socket peer, uint? other = null)
    {
        var datagram = new byte[2048];
        while (true)
        {
            var playing = _server.PlayAsync(Speechlike(0.02), _guard.Token);
            var length = await peer.ReceiveAsync(datagram, _guard.Token);
            await playing;
            if (RtpPacket.TryParse(datagram.AsSpan(0, length), out var packet) && packet.Ssrc != other)
                return packet.Ssrc;
        }
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task SendAsync(Socket from, ushort sequence, int payloadType = 0, uint ssrc = 1)
    {
        var datagram = new byte[172];
        RtpPacket.WriteHeader(datagram, payloadType, false, sequence, sequence * 160u, ssrc);
        await from.SendToAsync(datagram, _server.LocalRtp, _guard.Token);
    }

    private void Connect(AudioCodec? codec = null, int ptime = 20)
    {
        _server.Start(Audio(_phone.LocalRtp, codec, ptime));
        _phone.Start(Audio(_server.LocalRtp, codec, ptime));
    }

    private static NegotiatedAudio Audio(IPEndPoint remote, AudioCodec? codec = null, int ptime = 20) => new()
    {
        Codec = codec ?? AudioCodec.Pcmu,
        PayloadType = (codec ?? AudioCodec.Pcmu).StaticPayloadType!.Value,
        ReceivePayloadType = (codec ?? AudioCodec.Pcmu).StaticPayloadType!.Value,
        DtmfPayloadType = 101,
        ReceiveDtmfPayloadType = 101,
        Remote = remote,
        RemoteRtcp = new IPEndPoint(remote.Address, remote.Port + 1),
        Ptime = ptime,
    };

    private static AudioClip Speechlike(double seconds, int seed = 1)
    {
        var random = new Random(seed);
        return new AudioClip(Enumerable.Range(0, (int)(seconds * 8000)).Select(_ => (short)random.Next(-8000, 8000)).ToArray(), 8000);
    }

    private sealed class Full : IPcmSink
    {
        public bool Write(ReadOnlySpan<short> samples) => false;
    }

    private sealed class Broken : IPcmSink
    {
        public bool Write(ReadOnlySpan<short> samples) => throw new InvalidOperationException("a fault of one call");
    }
}
