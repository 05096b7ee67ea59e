using System.Net;
using System.Text;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Srtp;
using UnifiedMsg.Media.Tests.Session;

namespace UnifiedMsg.Media.Tests.Dtls;

/// <summary>Calls as from a browser: offer and answer, ICE, the handshake of DTLS, SRTP, in that order or not at all.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class BrowserCallTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);
    private readonly MediaEngine _engine = new(new MediaOptions { RtcpInterval = TimeSpan.FromMilliseconds(100) }, TimeProvider.System);
    private readonly CancellationTokenSource _guard = new(Guard);
    private AudioSession _server = null!;

    public ValueTask InitializeAsync()
    {
        _server = _engine.OpenSession();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task A_browser_is_heard_and_hears()
    {
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (answer, audio) = Answer(browser.Identity.Fingerprint);
        Assert.Equal(["ice-lite", "group:BUNDLE a0"], answer.Attributes.Select(attribute => attribute.ToString()));
        Assert.Equal(("UDP/TLS/RTP/SAVPF", "a0", "passive"), (answer.Media[0].Protocol, answer.Media[0].Attribute("mid"), answer.Media[0].Attribute("setup")));
        Assert.Equal($"1 1 UDP 2130706431 127.0.0.1 {_server.LocalRtp.Port} typ host", answer.Media[0].Attribute("candidate"));
        Assert.Equal((null, MediaDirection.SendReceive), (audio.Remote, audio.Direction));
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        Assert.Same(SrtpSuite.AeadAes256Gcm, await browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token));
        var heard = new RecordedSamples();
        using var recording = _server.StartRecording(heard);
        var said = Enumerable.Range(0, 1600).Select(i => (byte)(i % 251)).ToArray();
        // The keys are ours too when the browser's last flight was read; what it says before that is lost, as on any network.
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        Assert.Equal(172, (await browser.Packets.Reader.ReadAsync(_guard.Token)).Length);
        await browser.SpeakAsync(said);
        await heard.HasAsync(1600).WaitAsync(_guard.Token);
        Assert.Equal(Decoded(said), heard.Samples[..1600]);
    }

    // RFC 5763 §6.4: the certificate must be the one that the signalling names.
    [Fact]
    public async Task Who_shows_another_certificate_is_not_heard_and_hears_nothing()
    {
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (_, audio) = Answer(new DtlsIdentity(TimeProvider.System).Fingerprint);
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        await Assert.ThrowsAnyAsync<IOException>(() => browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token));
        var playing = _server.PlayAsync(Tones.Tone(0.02, 0.3, 440), _guard.Token);
        // A check that is answered afterwards came after anything that could have been sent; and what is played still waits.
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        Assert.False(playing.IsCompleted);
        Assert.False(browser.Others.Reader.TryRead(out _));
        Assert.Equal(0, _server.Figures.PacketsSent);
    }

    [Fact]
    public async Task Our_certificate_is_the_one_in_the_answer()
    {
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (answer, audio) = Answer(browser.Identity.Fingerprint);
        Assert.Equal(_server.Fingerprint.ToString(), answer.Media[0].Attribute("fingerprint"));
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        await Assert.ThrowsAnyAsync<IOException>(() => browser.ConnectAsync(browser.Identity.Fingerprint).WaitAsync(_guard.Token));
    }

    // Nobody begins a handshake from where no check with our password came: no thread and no answer for it.
    [Fact]
    public async Task A_handshake_before_the_check_is_not_answered()
    {
        await using var stranger = new BrowserPeer(_server.LocalRtp);
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (_, audio) = Answer(browser.Identity.Fingerprint);
        var failing = stranger.ConnectAsync(_server.Fingerprint);
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        await browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token);
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await browser.Packets.Reader.ReadAsync(_guard.Token);
        Assert.False(stranger.Packets.Reader.TryRead(out _) || stranger.Others.Reader.TryRead(out _));
        Assert.False(failing.IsCompletedSuccessfully);
        await stranger.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => failing.WaitAsync(_guard.Token));
    }

    // A re-INVITE with the same certificate and names changes nothing of the association; the browser shakes no hands again.
    [Fact]
    public async Task A_new_offer_of_the_same_keeps_the_association()
    {
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (_, audio) = Answer(browser.Identity.Fingerprint);
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        await browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token);
        var (answer, again) = Answer(browser.Identity.Fingerprint, audio);
        Assert.Same(audio.Dtls, again.Dtls);
        Assert.Same(audio.Ice, again.Ice);
        Assert.Equal(audio.Ice!.LocalName, answer.Media[0].Attribute("ice-ufrag"));
        // Nor of the way: what is played goes on before the browser checks it again, or says anything.
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await browser.Packets.Reader.ReadAsync(_guard.Token);
    }

    // A browser whose network changes begins ICE anew, and goes on with the keys that it has (RFC 8842 §3.3).
    [Fact]
    public async Task ICE_begins_anew_and_the_keys_stay()
    {
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (_, audio) = Answer(browser.Identity.Fingerprint);
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        await browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token);
        var (answer, again) = Answer(browser.Identity.Fingerprint, audio, "New/");
        Assert.NotEqual(audio.Ice!.LocalName, answer.Media[0].Attribute("ice-ufrag"));
        Assert.Same(audio.Dtls, again.Dtls);
        await browser.CheckAsync(again.Ice!, _guard.Token);
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await browser.Packets.Reader.ReadAsync(_guard.Token);
    }

    // Garbage of every kind that shares the port, before and in the handshake.
    [Fact]
    public async Task Garbage_disturbs_nothing()
    {
        await using var stranger = new BrowserPeer(_server.LocalRtp);
        await using var browser = new BrowserPeer(_server.LocalRtp);
        var (_, audio) = Answer(browser.Identity.Fingerprint);
        await browser.CheckAsync(audio.Ice!, _guard.Token);
        var random = new Random(7);
        foreach (var peer in new[] { stranger, browser })
        {
            for (var i = 0; i < 200; i++)
            {
                var garbage = new byte[random.Next(1, 400)];
                random.NextBytes(garbage);
                garbage[0] = (byte)(i % 4 == 0 ? 22 : i % 4 == 1 ? 0 : i % 4 == 2 ? 0x80 : 23);
                await peer.SendAsync(garbage);
            }
        }
        // The browser's own garbage may have broken a handshake; it begins another, as browsers do.
        await browser.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token);
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await browser.Packets.Reader.ReadAsync(_guard.Token);
    }

    // Without ICE, behind address translation: the description names another address than the one that the phone sends from.
    [Fact]
    public async Task A_phone_that_is_elsewhere_than_it_says_sends_back_a_cookie()
    {
        await using var phone = new BrowserPeer(_server.LocalRtp);
        await using var stranger = new BrowserPeer(_server.LocalRtp);
        _server.Start(Agreed(_server, isClient: false) with
        {
            Remote = new IPEndPoint(IPAddress.Loopback, 9),
            Dtls = new DtlsParameters(phone.Identity.Fingerprint, IsClient: false),
        });
        await Assert.ThrowsAnyAsync<IOException>(() => stranger.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token));
        await phone.ConnectAsync(_server.Fingerprint).WaitAsync(_guard.Token);
        // What is played goes to where the handshake was, though no packet came from there yet.
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        await phone.Packets.Reader.ReadAsync(_guard.Token);
        Assert.False(stranger.Packets.Reader.TryRead(out _) || stranger.Others.Reader.TryRead(out _));
    }

    // Without ICE: one side is passive, the other begins, towards the address that the description names.
    [Fact]
    public async Task Two_sessions_shake_hands_without_ICE()
    {
        await using var phone = _engine.OpenSession();
        _server.Start(Agreed(phone, isClient: false));
        phone.Start(Agreed(_server, isClient: true));
        var heard = new RecordedSamples();
        using var recording = _server.StartRecording(heard);
        var clip = new AudioClip(Enumerable.Range(0, 1600).Select(i => (short)(i * 19)).ToArray(), 8000);
        // Each waits for its keys with what it has to say. The phone's last flight may be lost to a server whose keys are not there yet,
        // so it speaks once it was heard from.
        await _server.PlayAsync(Tones.Tone(0.1, 0.3, 440), _guard.Token);
        while (phone.Figures.PacketsReceived == 0)
            await Task.Delay(10, _guard.Token);
        await phone.PlayAsync(clip, _guard.Token);
        await heard.HasAsync(1600).WaitAsync(_guard.Token);
        Assert.Equal(clip.Through(AudioCodec.Pcmu).Samples.ToArray(), heard.Samples[..1600]);
    }

    [Theory]
    [InlineData("a=setup:holdconn\n", true)]
    [InlineData("", true)]
    [InlineData("a=setup:actpass\n", false)]
    public void Offers_that_lack_something_are_refused(string setup, bool mux)
    {
        var us = Us();
        var offer = Offer(new DtlsIdentity(TimeProvider.System).Fingerprint, setup, mux);
        Assert.False(OfferAnswer.TryAnswer(offer, us, out _, out _, out var refusal));
        Assert.NotEmpty(refusal);
        offer = Offer(new CertificateFingerprint("sha-1", "00"), "a=setup:actpass\n", mux: true);
        Assert.False(OfferAnswer.TryAnswer(offer, us, out _, out _, out _));
        offer = Offer(new DtlsIdentity(TimeProvider.System).Fingerprint, "a=setup:actpass\n", mux: true);
        Assert.False(OfferAnswer.TryAnswer(offer, us with { Srtp = SrtpPolicy.Off }, out _, out _, out _));
        Assert.True(OfferAnswer.TryAnswer(offer, us with { Srtp = SrtpPolicy.Required }, out _, out _, out _));
    }

    private LocalAudio Us(NegotiatedAudio? before = null) => new()
    {
        Rtp = _server.LocalRtp,
        SessionId = 1,
        Srtp = SrtpPolicy.BestEffort,
        Fingerprint = _server.Fingerprint,
        Dtls = before?.Dtls,
        Ice = before?.Ice,
    };

    private (SessionDescription Answer, NegotiatedAudio Audio) Answer(
        CertificateFingerprint browser, NegotiatedAudio? before = null, string iceName = "Ab3/")
    {
        Assert.True(OfferAnswer.TryAnswer(Offer(browser, "a=setup:actpass\n", mux: true, iceName), Us(before), out var answer, out var audio, out var refusal), refusal);
        _server.Start(audio);
        return (answer, audio);
    }

    // As a browser writes it before it has found its own addresses: port 9 of nowhere (RFC 8839 §4.3.1).
    private static SessionDescription Offer(CertificateFingerprint fingerprint, string setup, bool mux, string iceName = "Ab3/") => SdpParser.TryParse(
        Encoding.UTF8.GetBytes($"""
            v=0
            o=- 1 2 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE a0
            a=msid-semantic: WMS
            m=audio 9 UDP/TLS/RTP/SAVPF 111 0 126
            c=IN IP4 0.0.0.0
            a=rtcp:9 IN IP4 0.0.0.0
            a=ice-ufrag:{iceName}
            a=ice-pwd:0123456789abcdefghijkl
            a=ice-options:trickle
            a=fingerprint:{fingerprint}
            {setup}a=mid:a0
            a=sendrecv
            {(mux ? "a=rtcp-mux" : "a=x")}
            a=rtpmap:111 opus/48000/2
            a=rtpmap:126 telephone-event/8000

            """), out var offer, out var error) ? offer : throw new ArgumentException(error);

    private static NegotiatedAudio Agreed(AudioSession other, bool isClient) => new()
    {
        Codec = AudioCodec.Pcmu,
        PayloadType = 0,
        ReceivePayloadType = 0,
        Remote = other.LocalRtp,
        RtcpMux = true,
        Dtls = new DtlsParameters(other.Fingerprint, isClient),
    };

    private static short[] Decoded(byte[] payload)
    {
        var samples = new short[payload.Length];
        AudioCodec.Pcmu.CreateDecoder().Decode(payload, samples);
        return samples;
    }
}
