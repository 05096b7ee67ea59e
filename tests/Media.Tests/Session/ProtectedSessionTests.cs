using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>Two sessions over SRTP, with RTCP on its own port and on that of RTP.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class ProtectedSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly MediaEngine _engine = new(new MediaOptions { RtcpInterval = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
    private readonly CancellationTokenSource _guard = new(Guard);
    private AudioSession _phone = null!;
    private AudioSession _server = null!;

    public static TheoryData<SrtpSuite?, bool> Ways => new MatrixTheoryData<SrtpSuite?, bool>([null, .. SrtpSuite.All], [false, true]);

    public ValueTask InitializeAsync()
    {
        (_phone, _server) = (_engine.OpenSession(), _engine.OpenSession());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _phone.DisposeAsync();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Audio_keys_and_reports_arrive(SrtpSuite? suite, bool mux)
    {
        var (phone, server) = suite is null ? default : Keys(suite);
        Start(phone, server, mux);
        var heard = new RecordedSamples();
        using var recording = _server.StartRecording(heard);
        var clip = new AudioClip(Enumerable.Range(0, 1600).Select(i => (short)(i * 19)).ToArray(), 8000);
        await _phone.PlayAsync(clip, _guard.Token);
        await heard.HasAsync(1600).WaitAsync(Guard);
        Assert.Equal(clip.Through(AudioCodec.Pcmu).Samples.ToArray(), heard.Samples[..1600]);
        await _phone.PressAsync("7", _guard.Token);
        Assert.Equal('7', await _server.Keys.ReadAsync(_guard.Token));
        while (_phone.Figures.PacketsLostByRemote is null)
            await Task.Delay(10, _guard.Token);
        await _phone.DisposeAsync();
        while (!_server.Figures.RemoteLeft)
            await Task.Delay(10, _guard.Token);
        Assert.Equal(0, _server.Figures.PacketsUnusable);
    }

    [Fact]
    public async Task New_keys_in_mid_call_lose_nothing_that_is_played_after_them()
    {
        var suite = SrtpSuite.AesCm128HmacSha1Tag80;
        var (phone, server) = Keys(suite);
        Start(phone, server, mux: false);
        var heard = new RecordedSamples();
        using var recording = _server.StartRecording(heard);
        var clip = Tones.Tone(0.2, 0.3, 440);
        await _phone.PlayAsync(clip, _guard.Token);
        await heard.HasAsync(1600).WaitAsync(Guard);
        (phone, server) = Keys(SrtpSuite.AeadAes256Gcm);
        Start(phone, server, mux: false);
        await _phone.PlayAsync(clip, _guard.Token);
        var expected = clip.Through(AudioCodec.Pcmu).Samples.ToArray();
        while (!heard.Samples.AsSpan().EndsWith(expected))
            await Task.Delay(10, _guard.Token);
        // Of RTP; a report may well be sent between the two starts, under keys that the server does not have yet.
        Assert.Equal(0, _server.Figures.PacketsLost);
        Assert.True(heard.Samples.Length >= 2 * expected.Length);
    }

    [Fact]
    public async Task Who_does_not_know_the_key_is_not_heard_and_takes_no_latch()
    {
        var (phone, server) = Keys(SrtpSuite.AesCm128HmacSha1Tag80);
        // The description names an address that is not the phone's, as behind address translation: whoever is heard first is latched on.
        _server.Start(Agreed(new IPEndPoint(IPAddress.Loopback, 9), server, mux: false));
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var packet = new byte[172];
        for (ushort i = 0; i < 20; i++)
        {
            RtpPacket.WriteHeader(packet, 0, false, i, i * 160u, 99);
            await stranger.SendToAsync(packet, _server.LocalRtp);
        }
        while (_server.Figures.PacketsUnusable < 20)
            await Task.Delay(10, _guard.Token);
        Assert.Equal(0, _server.Figures.PacketsReceived);
        var heard = new RecordedSamples();
        using var recording = _server.StartRecording(heard);
        _phone.Start(Agreed(_server.LocalRtp, phone, mux: false));
        await _phone.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await heard.HasAsync(800).WaitAsync(Guard);
        // What we send goes to the phone, which can read it.
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        while (_phone.Figures.PacketsReceived == 0)
            await Task.Delay(10, _guard.Token);
    }

    // A forged packet costs a look at where it comes from, and none at what is in it.
    [Fact]
    public async Task What_strangers_send_is_not_even_checked_once_the_phone_was_heard()
    {
        var (phone, server) = Keys(SrtpSuite.AeadAes128Gcm);
        Start(phone, server, mux: true);
        await _phone.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        while (_server.Figures.PacketsReceived == 0)
            await Task.Delay(10, _guard.Token);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var packet = new byte[188];
        for (ushort i = 0; i < 20; i++)
        {
            RtpPacket.WriteHeader(packet, 0, false, i, i * 160u, 99);
            await stranger.SendToAsync(packet, _server.LocalRtp);
        }
        while (_server.Figures.PacketsOfStrangers + _server.Figures.PacketsUnusable < 20)
            await Task.Delay(10, _guard.Token);
        Assert.Equal((20, 0), (_server.Figures.PacketsOfStrangers, _server.Figures.PacketsUnusable));
    }

    // What leaves is not what it was: the payload of a packet on the wire is not the tone.
    [Fact]
    public async Task Nothing_leaves_in_clear()
    {
        using var wire = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        wire.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (phone, server) = Keys(SrtpSuite.AesCm128HmacSha1Tag80);
        _phone.Start(Agreed((IPEndPoint)wire.LocalEndPoint!, phone, mux: true));
        var play = _phone.PlayAsync(new AudioClip(new short[1600], 8000), _guard.Token);
        using var receiver = new SrtpSession(server);
        var buffer = new byte[2048];
        var length = await wire.ReceiveAsync(buffer, _guard.Token);
        // Silence is 0xFF in PCMU.
        Assert.True(buffer.AsSpan(12, 160).IndexOfAnyExcept((byte)0xFF) >= 0);
        Assert.True(receiver.TryUnprotect(buffer.AsSpan(0, length), out length));
        Assert.Equal(172, length);
        Assert.Equal(-1, buffer.AsSpan(12, 160).IndexOfAnyExcept((byte)0xFF));
        await play;
    }

    private void Start(SrtpKeys? phone, SrtpKeys? server, bool mux)
    {
        _phone.Start(Agreed(_server.LocalRtp, phone, mux));
        _server.Start(Agreed(_phone.LocalRtp, server, mux));
    }

    private static (SrtpKeys Phone, SrtpKeys Server) Keys(SrtpSuite suite)
    {
        SrtpKey up = SrtpKey.Generate(suite), down = SrtpKey.Generate(suite);
        return (new SrtpKeys(Copy(up), Copy(down)), new SrtpKeys(down, up));
    }

    private static SrtpKey Copy(SrtpKey key) => SrtpKey.TryCreate(key.Suite, key.Octets, out var copy) ? copy : throw new ArgumentException(key.ToString());

    private static NegotiatedAudio Agreed(IPEndPoint remote, SrtpKeys? keys, bool mux) => new()
    {
        Codec = AudioCodec.Pcmu,
        PayloadType = 0,
        ReceivePayloadType = 0,
        DtmfPayloadType = 101,
        ReceiveDtmfPayloadType = 101,
        Remote = remote,
        // With mux a port of its own for RTCP must not matter.
        RemoteRtcp = mux ? new IPEndPoint(remote.Address, 9) : new IPEndPoint(remote.Address, remote.Port + 1),
        RtcpMux = mux,
        Keys = keys,
    };
}
