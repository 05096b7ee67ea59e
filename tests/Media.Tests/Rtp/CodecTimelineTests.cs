using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

/// <summary>What stands between packets: comfort noise, and what a codec knows of what was lost.</summary>
public sealed class CodecTimelineTests : IPcmSink
{
    private readonly List<short> _heard = [];
    private ushort _sequence;

    bool IPcmSink.Write(ReadOnlySpan<short> samples)
    {
        _heard.AddRange(samples);
        return true;
    }

    // RFC 3389: 20 ms of sound, then a packet of noise at -40 dB, nothing for 200 ms, quieter noise for 200 ms, sound again.
    [Fact]
    public void Noise_lasts_until_the_next_packet()
    {
        var timeline = Timeline(8000, 8000);
        var noise = new ComfortNoise();
        var sound = AudioCodec.Pcmu.CreateDecoder();
        Add(timeline, new byte[160], 0, sound, 0);
        Add(timeline, [40], 160, noise, 0.02);
        Add(timeline, [60], 160 + 1600, noise, 0.22);
        Add(timeline, new byte[160], 160 + 3200, sound, 0.42);
        Assert.Equal(160 + 3200 + 160, _heard.Count);
        Assert.InRange(Level(160, 1600), -41, -39);
        Assert.InRange(Level(160 + 1600, 1600), -61, -59);
    }

    [Fact]
    public void Noise_is_over_once_there_was_sound()
    {
        var timeline = Timeline(8000, 8000);
        var noise = new ComfortNoise();
        var sound = AudioCodec.Pcmu.CreateDecoder();
        Add(timeline, [30], 0, noise, 0);
        Add(timeline, new byte[160], 800, sound, 0.1);
        Add(timeline, new byte[160], 1600, sound, 0.2);
        Assert.Equal(1600 + 160, _heard.Count);
        Assert.All(_heard[960..1600], sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void A_codec_that_knows_what_was_lost_is_asked()
    {
        var timeline = Timeline(48000, 16000);
        var decoder = new Knowing();
        Add(timeline, [1], 0, decoder, 0);
        _sequence++;
        Add(timeline, [2], 1920, decoder, 0.04);
        timeline.Flush();
        Assert.Equal([.. Frame(1), .. Frame(102), .. Frame(2)], _heard);
    }

    // Longer than any packet can tell of: concealed as for the other codecs, and silent in the end.
    [Fact]
    public void A_long_gap_is_not_its_matter()
    {
        var timeline = Timeline(48000, 16000);
        var decoder = new Knowing();
        Add(timeline, [1], 0, decoder, 0);
        _sequence += 15;
        Add(timeline, [2], 16 * 960, decoder, 0.32);
        timeline.Flush();
        Assert.Equal(17 * 320, _heard.Count);
        Assert.All(_heard[2000..5120], sample => Assert.Equal(0, sample));
    }

    // The decoder of G.722 goes on from where it was; after a gap its predictor is wrong for a moment only.
    [Fact]
    public async Task G722_sounds_like_itself_at_3_percent_loss()
    {
        var speech = (await SpeechFixtures.ReadAsync("message-rms.wav")).Resample(16000);
        var expected = speech.Through(AudioCodec.G722).Samples.ToArray();
        var timeline = Timeline(8000, 16000);
        var (encoder, decoder, random) = (AudioCodec.G722.CreateEncoder(), AudioCodec.G722.CreateDecoder(), new Random(3));
        var packets = expected.Length / 320;
        for (var packet = 0; packet < packets; packet++)
        {
            var payload = new byte[160];
            encoder.Encode(speech.Samples.Span.Slice(packet * 320, 320), payload);
            if (packet != 0 && packet != packets - 1 && random.Next(100) < 3)
                _sequence++;
            else
                Add(timeline, payload, (uint)packet * 160, decoder, packet * 0.02);
        }
        timeline.Flush();
        Assert.Equal(packets * 320, _heard.Count);
        double product = 0, sent = 0, received = 0;
        for (var i = 0; i < _heard.Count; i++)
        {
            product += (double)expected[i] * _heard[i];
            sent += (double)expected[i] * expected[i];
            received += (double)_heard[i] * _heard[i];
        }
        Assert.InRange(product / Math.Sqrt(sent * received), 0.95, 0.9999);
    }

    [Fact]
    public void A_listener_hears_what_nobody_records()
    {
        var timeline = new AudioTimeline(8000, 8000) { Listener = this };
        var sound = AudioCodec.Pcmu.CreateDecoder();
        Add(timeline, new byte[160], 0, sound, 0);
        Add(timeline, new byte[160], 320, sound, 0.04);
        Assert.Equal(480, _heard.Count);
    }

    private AudioTimeline Timeline(int clockRate, int sampleRate)
    {
        var timeline = new AudioTimeline(clockRate, sampleRate);
        timeline.Attach(this, 0);
        return timeline;
    }

    private void Add(AudioTimeline timeline, byte[] payload, uint timestamp, IAudioDecoder decoder, double arrival)
    {
        var datagram = new byte[RtpPacket.HeaderLength + payload.Length];
        RtpPacket.WriteHeader(datagram, 0, false, _sequence++, timestamp, 1);
        payload.CopyTo(datagram, RtpPacket.HeaderLength);
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        timeline.Add(packet, decoder, arrival);
    }

    private double Level(int start, int count) =>
        20 * Math.Log10(Math.Sqrt(_heard.Skip(start).Take(count).Average(sample => (double)sample * sample)) / short.MaxValue);

    private static IEnumerable<short> Frame(short value) => Enumerable.Repeat(value, 320);

    // Each packet is 20 ms of its byte, and says that what was lost before it was that and a hundred.
    private sealed class Knowing : IAudioDecoder
    {
        public int SamplesIn(ReadOnlySpan<byte> payload) => 320;

        public int Decode(ReadOnlySpan<byte> payload, Span<short> samples)
        {
            samples[..320].Fill(payload[0]);
            return 320;
        }

        public bool Recover(ReadOnlySpan<byte> next, Span<short> lost)
        {
            lost.Fill((short)(100 + next[0]));
            return true;
        }
    }
}
