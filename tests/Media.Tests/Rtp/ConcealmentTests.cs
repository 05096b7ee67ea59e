using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class ConcealmentTests
{
    private const int PerPacket = 160;

    [Theory]
    [InlineData("message-rms.wav")]
    [InlineData("message-short.wav")]
    [InlineData("greeting-rms.wav")]
    public async Task Speech_at_3_percent_random_loss_keeps_a_correlation_above_0_9(string fixture)
    {
        var speech = (await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, fixture), CancellationToken.None)).Through(AudioCodec.Pcmu);
        var worst = 1.0;
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var (heard, lost) = Through(speech, _ => random.Next(100) < 3);
            Assert.Equal(speech.Samples.Length / PerPacket * PerPacket, heard.Length);
            Assert.InRange(lost, 1, speech.Samples.Length / PerPacket / 10);
            worst = Math.Min(worst, Correlation(speech.Samples.Span, heard));
        }
        Assert.InRange(worst, 0.9, 1);
    }

    [Fact]
    public async Task It_is_closer_to_what_was_said_than_silence_is()
    {
        var speech = (await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None)).Through(AudioCodec.Pcmu);
        var random = new Random(3);
        var gone = Enumerable.Range(0, speech.Samples.Length / PerPacket).Select(_ => random.Next(100) < 10).ToArray();
        var (heard, _) = Through(speech, packet => gone[packet]);
        var silenced = heard.ToArray();
        for (var packet = 1; packet < gone.Length - 1; packet++)
        {
            if (gone[packet])
                silenced.AsSpan(packet * PerPacket, PerPacket).Clear();
        }
        Assert.True(Correlation(speech.Samples.Span, heard) > Correlation(speech.Samples.Span, silenced));
    }

    private static (short[] Heard, int Lost) Through(AudioClip speech, Func<int, bool> isLost)
    {
        var sink = new Sink();
        var timeline = new AudioTimeline(8000, 8000);
        timeline.Attach(sink, 0);
        var datagram = new byte[RtpPacket.HeaderLength + PerPacket];
        var packets = speech.Samples.Length / PerPacket;
        var lost = 0;
        for (var packet = 0; packet < packets; packet++)
        {
            if (packet > 0 && packet < packets - 1 && isLost(packet))
            {
                lost++;
                continue;
            }
            RtpPacket.WriteHeader(datagram, 0, false, (ushort)packet, (uint)(packet * PerPacket), 1);
            AudioCodec.Pcmu.CreateEncoder().Encode(speech.Samples.Span.Slice(packet * PerPacket, PerPacket), datagram.AsSpan(RtpPacket.HeaderLength));
            Assert.True(RtpPacket.TryParse(datagram, out var parsed));
            timeline.Add(parsed, AudioCodec.Pcmu.CreateDecoder(), packet * 0.02);
        }
        timeline.Flush();
        return ([.. sink.Samples], lost);
    }

    private static double Correlation(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        double product = 0, ofA = 0, ofB = 0;
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            product += (double)a[i] * b[i];
            ofA += (double)a[i] * a[i];
            ofB += (double)b[i] * b[i];
        }
        return product / Math.Sqrt(ofA * ofB);
    }

    private sealed class Sink : IPcmSink
    {
        public List<short> Samples { get; } = [];

        public bool Write(ReadOnlySpan<short> samples)
        {
            Samples.AddRange(samples);
            return true;
        }
    }
}
