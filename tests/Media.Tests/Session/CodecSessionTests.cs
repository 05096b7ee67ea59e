using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>Calls in each codec, and what happens to them when the codec changes.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class CodecSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(120);

    private readonly MediaEngine _engine = new(new MediaOptions(), TimeProvider.System);
    private readonly CancellationTokenSource _guard = new(Guard);
    private AudioSession _phone = null!;
    private AudioSession _server = null!;
    private AudioClip _speech = null!;

    public async ValueTask InitializeAsync()
    {
        _phone = _engine.OpenSession();
        _server = _engine.OpenSession();
        var speech = await SpeechFixtures.ReadAsync("message-short.wav");
        _speech = new AudioClip(speech.Samples[..(2 * speech.SampleRate)], speech.SampleRate);
    }

    public async ValueTask DisposeAsync()
    {
        await _phone.DisposeAsync();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
        _guard.Dispose();
    }

    // Every codec of this machine, and the rate of its recordings.
    public static TheoryData<string, int> Codecs
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var codec in All)
                data.Add(codec.ToString(), codec.ClockRate == 8000 && codec != AudioCodec.G722 ? 8000 : 16000);
            return data;
        }
    }

    private static IEnumerable<AudioCodec> All => AudioCodec.Opus is { } opus ? [.. AudioCodec.BuiltIn, opus] : AudioCodec.BuiltIn;

    [Theory, MemberData(nameof(Codecs))]
    public async Task What_is_spoken_is_recorded_and_keys_arrive(string name, int rate)
    {
        var codec = All.Single(each => each.ToString() == name);
        Connect(codec);
        Assert.Equal(rate, _server.RecordingRate);
        await EventuallyAsync(async () =>
        {
            var recorded = new RecordedSamples();
            using var recording = _server.StartRecording(recorded);
            await _phone.PlayAsync(_speech, _guard.Token);
            await recorded.HasAsync((int)(_speech.Duration.TotalSeconds * rate) - rate / 50).WaitAsync(Guard);
            recording.Dispose();
            await recording.Outcome;
            return Likeness(new AudioClip(recorded.Samples, rate));
        }, codec == AudioCodec.Opus ? 0.85 : 0.99);
        await _phone.PressAsync("5#", _guard.Token);
        Assert.Equal(('5', '#'), (await _server.Keys.ReadAsync(_guard.Token), await _server.Keys.ReadAsync(_guard.Token)));
    }

    [Theory]
    [InlineData("PCMA/8000")]
    [InlineData("G722/8000")]
    public async Task Keys_are_heard_in_the_sound_when_no_events_were_agreed_on(string name)
    {
        Connect(All.Single(each => each.ToString() == name), dtmf: null);
        await EventuallyAsync(async () =>
        {
            using var recording = _server.StartRecording(new RecordedSamples(), new RecordingLimits { StopKeys = "#" });
            await _phone.PlayAsync(Keys("42#"), _guard.Token);
            var outcome = await recording.Outcome.WaitAsync(Guard);
            Assert.Equal((RecordingEnd.Key, '#'), (outcome.End, outcome.Key));
            var heard = "";
            while (_server.Keys.TryRead(out var key))
                heard += key;
            return heard == "42" ? 1 : 0;
        }, 1);
    }

    // A phone that sends both would press everything twice.
    [Fact]
    public async Task Tones_are_no_keys_when_events_were_agreed_on()
    {
        Connect(AudioCodec.Pcmu);
        await _phone.PlayAsync(Keys("42"), _guard.Token);
        await _phone.PressAsync("7", _guard.Token);
        Assert.Equal('7', await _server.Keys.ReadAsync(_guard.Token));
    }

    [Fact]
    public async Task A_key_that_is_heard_and_said_in_the_signalling_counts_once()
    {
        Connect(AudioCodec.Pcmu, dtmf: null);
        await _phone.PlayAsync(Keys("4"), _guard.Token);
        Assert.Equal('4', await _server.Keys.ReadAsync(_guard.Token));
        _server.TakeKey('4');
        _server.TakeKey('5');
        Assert.Equal('5', await _server.Keys.ReadAsync(_guard.Token));
    }

    [Fact]
    public Task A_recording_keeps_its_rate_when_the_codec_changes() => EventuallyAsync(async () =>
    {
        Connect(AudioCodec.Pcmu);
        var recorded = new RecordedSamples();
        using var recording = _server.StartRecording(recorded);
        await _phone.PlayAsync(_speech, _guard.Token);
        await recorded.HasAsync(_speech.Samples.Length).WaitAsync(Guard);
        Connect(AudioCodec.G722);
        await _phone.PlayAsync(_speech, _guard.Token);
        await recorded.HasAsync(2 * _speech.Samples.Length - 160).WaitAsync(Guard);
        recording.Dispose();
        await recording.Outcome;
        var samples = recorded.Samples;
        return Math.Min(
            Likeness(new AudioClip(samples[.._speech.Samples.Length], 8000)), Likeness(new AudioClip(samples[(_speech.Samples.Length - 400)..], 8000)));
    }, 0.99);

    [Fact]
    public Task What_is_played_goes_on_at_its_pitch_when_the_codec_changes() => EventuallyAsync(async () =>
    {
        Connect(AudioCodec.Pcmu);
        var recorded = new RecordedSamples();
        using var recording = _server.StartRecording(recorded);
        var playing = _phone.PlayAsync(AudioClip.Join(_speech, _speech), _guard.Token);
        await recorded.HasAsync(_speech.Samples.Length / 2).WaitAsync(Guard);
        Connect(AudioCodec.G722);
        await playing;
        await recorded.HasAsync(2 * _speech.Samples.Length - 800).WaitAsync(Guard);
        recording.Dispose();
        await recording.Outcome;
        return Likeness(new AudioClip(recorded.Samples[_speech.Samples.Length..], 8000));
    }, 0.97);

    // RFC 3264 §5.1: what both offered may be sent at any time; the static types need no word about it.
    [Fact]
    public async Task A_phone_that_changes_to_G711_without_a_word_is_understood()
    {
        Connect(AudioCodec.G722);
        var recorded = new RecordedSamples();
        using var recording = _server.StartRecording(recorded);
        using var sender = new Socket(SocketType.Dgram, ProtocolType.Udp);
        sender.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var encoder = AudioCodec.Pcmu.CreateEncoder();
        for (var packet = 0; packet < 100; packet++)
        {
            var datagram = new byte[RtpPacket.HeaderLength + 160];
            RtpPacket.WriteHeader(datagram, 0, packet == 0, (ushort)packet, (uint)packet * 160, 7);
            encoder.Encode(_speech.Samples.Span.Slice(packet * 160, 160), datagram.AsSpan(RtpPacket.HeaderLength));
            await sender.SendToAsync(datagram, _server.LocalRtp, _guard.Token);
        }
        await recorded.HasAsync(100 * 320 - 1).WaitAsync(Guard);
        Assert.InRange(Likeness(new AudioClip(recorded.Samples, 16000)), 0.99, 1);
    }

    private double Likeness(AudioClip recorded) => AudioComparison.Compare(_speech, recorded).Correlation;

    // A machine that stands still for longer than the media clock makes up for loses that time of the call, which is not what is tested here.
    private static async Task EventuallyAsync(Func<Task<double>> attempt, double least)
    {
        var best = 0.0;
        for (var attempts = 0; attempts < 5 && best < least; attempts++)
            best = Math.Max(best, await attempt());
        Assert.True(best >= least, $"{best:0.000} at best");
    }

    private void Connect(AudioCodec codec, int? dtmf = 101)
    {
        _server.Start(Audio(_phone, codec, dtmf));
        _phone.Start(Audio(_server, codec, dtmf));
    }

    private static NegotiatedAudio Audio(AudioSession remote, AudioCodec codec, int? dtmf) => new()
    {
        Codec = codec,
        Parameters = codec.Parameters ?? "",
        PayloadType = codec.StaticPayloadType ?? 96,
        ReceivePayloadType = codec.StaticPayloadType ?? 96,
        DtmfPayloadType = dtmf,
        ReceiveDtmfPayloadType = dtmf,
        DtmfClockRate = codec.ClockRate,
        Remote = remote.LocalRtp,
        RemoteRtcp = new IPEndPoint(remote.LocalRtp.Address, remote.LocalRtp.Port + 1),
        Ptime = codec.PacketTime(20),
    };

    private static AudioClip Keys(string keys)
    {
        double[] low = [697, 770, 852, 941], high = [1209, 1336, 1477, 1633];
        return AudioClip.Join([.. keys.SelectMany(key =>
        {
            var place = "123A456B789C*0#D".IndexOf(key, StringComparison.Ordinal);
            return new[] { Tones.Tone(0.1, 0.4, low[place / 4], high[place % 4]), AudioClip.Silence(TimeSpan.FromSeconds(0.1)) };
        })]);
    }
}
