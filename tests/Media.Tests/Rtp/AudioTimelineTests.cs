using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class AudioTimelineTests : IPcmSink
{
    private readonly AudioTimeline _timeline = new(8000, 8000);
    private readonly List<short> _heard = [];

    public AudioTimelineTests() => _timeline.Attach(this, 0);

    bool IPcmSink.Write(ReadOnlySpan<short> samples)
    {
        _heard.AddRange(samples);
        return true;
    }

    [Fact]
    public void Packets_in_order_give_the_samples_as_they_are()
    {
        Send(0, 1, 2, 3);
        Heard(0, 1, 2, 3);
    }

    [Fact]
    public void Packets_out_of_order_and_duplicates_are_put_right()
    {
        Send(0, 2, 2, 1, 1, 4, 3, 0, 5);
        Heard(0, 1, 2, 3, 4, 5);
        Assert.Equal(3, _timeline.Late);
    }

    [Fact]
    public void The_sequence_and_the_timestamp_may_wrap()
    {
        foreach (var packet in new[] { 0, 2, 1, 3 })
            Send(packet, sequence: (ushort)(0xFFFE + packet), timestamp: 0xFFFFFF00 + (uint)packet * 160);
        Heard(0, 1, 2, 3);
    }

    [Fact]
    public void What_is_lost_leaves_all_else_at_its_place()
    {
        Send([.. Enumerable.Range(0, 40).Where(packet => packet is not (10 or 11 or 12 or 13 or 14 or 25))]);
        _timeline.Flush();
        Assert.Equal(40 * 160, _heard.Count);
        foreach (var packet in new[] { 0, 9, 15, 24, 26, 39 })
            Assert.Equal(Samples(packet), _heard.Slice(packet * 160, 160));
        Assert.Contains(_heard.Slice(10 * 160, 160), sample => sample != 0);
        Assert.All(_heard.Slice(14 * 160, 160), sample => Assert.Equal(0, sample)); // concealment has faded
    }

    [Fact]
    public void What_waits_at_the_end_is_given_out()
    {
        Send(0, 1, 3, 4);
        Heard(0, 1);
        _timeline.Attach(null, 0);
        Assert.Equal(5 * 160, _heard.Count);
        Assert.Equal(Samples(4), _heard.Slice(4 * 160, 160));
    }

    [Fact]
    public void A_pause_of_the_sender_becomes_silence_of_its_length()
    {
        Send(0);
        Send(50, sequence: 1, timestamp: 50 * 160);
        Assert.Equal(51 * 160, _heard.Count);
        Assert.All(_heard.Slice(160, 49 * 160), sample => Assert.Equal(0, sample));
        Assert.Equal(Samples(50), _heard.Slice(50 * 160, 160));
    }

    [Fact]
    public void A_timestamp_that_jumps_without_time_passing_makes_no_hours_of_silence()
    {
        Send(0);
        Send(1, sequence: 1, timestamp: 1_000_000_000);
        Send(2, sequence: 2, timestamp: 1_000_000_160);
        Send(3, sequence: 3, timestamp: 77);
        Heard(0, 1, 2, 3);
    }

    [Fact]
    public void A_new_source_goes_on_where_the_old_one_ended()
    {
        Send(0, 1);
        Send(2, sequence: 40000, timestamp: 5, ssrc: 2);
        Send(1, sequence: 1, ssrc: 1); // a straggler of the old one
        Send(3, sequence: 40001, timestamp: 165, ssrc: 2);
        Heard(0, 1, 2, 3);
        Assert.Equal(1, _timeline.Late);
    }

    [Fact]
    public void A_new_source_after_a_pause_is_placed_by_its_arrival()
    {
        Send(0);
        Send(100, sequence: 9, timestamp: 5, ssrc: 2);
        Send(101, sequence: 10, timestamp: 165, ssrc: 2);
        Assert.Equal(102 * 160, _heard.Count);
        Assert.Equal(Samples(100), _heard.Slice(100 * 160, 160));
    }

    [Fact]
    public void A_sequence_that_starts_anew_loses_no_packet_and_a_stray_one_is_no_start()
    {
        Send(0, 1);
        Send(9, sequence: 30000, timestamp: 9);
        Send(2);
        Send(3, sequence: 20000);
        Send(4, sequence: 20001);
        Send(5, sequence: 20002);
        Heard(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public void Events_take_their_places_in_the_sequence_and_silence_theirs_in_time()
    {
        Send(0);
        for (var packet = 1; packet < 6; packet++)
            Send(packet, timestamp: 160, decodes: false);
        Send(6);
        Assert.Equal(7 * 160, _heard.Count);
        Assert.Equal(Samples(6), _heard.Slice(6 * 160, 160));
    }

    [Fact]
    public void A_flood_is_cut_to_what_time_can_hold()
    {
        for (var packet = 0; packet < 5000; packet++)
            Send(packet, arrival: 0);
        Assert.InRange(_heard.Count, 80_000, 80_400);
    }

    [Fact]
    public void Any_loss_and_any_order_within_the_window_keeps_what_arrived_at_its_place()
    {
        var random = new Random(4);
        for (var round = 0; round < 50; round++)
        {
            var stream = new AudioTimelineTests();
            var arriving = Enumerable.Range(0, 200).Where(packet => packet is 0 or 199 || random.Next(10) > 0)
                .Select(packet => (packet, at: packet is 0 ? -9 : packet + random.Next(8))).OrderBy(entry => entry.at).ToList();
            arriving.ForEach(entry => stream.Send(entry.packet));
            stream._timeline.Flush();
            Assert.Equal(200 * 160, stream._heard.Count);
            Assert.All(arriving, entry => Assert.Equal(Samples(entry.packet), stream._heard.Slice(entry.packet * 160, 160)));
            Assert.Equal(0, stream._timeline.Late);
        }
    }

    [Fact]
    public void Concealment_keeps_the_sound_of_a_voice_at_3_percent_loss()
    {
        var random = new Random(5);
        var voice = new short[8000 * 4];
        for (var i = 0; i < voice.Length; i++)
        {
            var phase = 2 * Math.PI * (120 * i / 8000.0 + 3 * Math.Sin(2 * Math.PI * 3 * i / 8000.0));
            voice[i] = (short)(6000 * (Math.Sin(phase) + 0.6 * Math.Sin(2 * phase) + 0.3 * Math.Sin(5 * phase)));
        }
        var payload = new byte[160];
        for (var packet = 0; packet < 200; packet++)
        {
            AudioCodec.Pcmu.CreateEncoder().Encode(voice.AsSpan(packet * 160, 160), payload);
            if (packet is 0 or 199 || random.Next(100) >= 3)
                Add(payload, (ushort)packet, (uint)packet * 160, 1, packet * 0.02, true);
        }
        _timeline.Flush();
        double product = 0, sent = 0, received = 0;
        for (var i = 0; i < voice.Length; i++)
        {
            product += (double)voice[i] * _heard[i];
            sent += (double)voice[i] * voice[i];
            received += (double)_heard[i] * _heard[i];
        }
        Assert.InRange(product / Math.Sqrt(sent * received), 0.97, 1);
    }

    [Fact]
    public void Who_only_listens_hears_the_beginning_of_a_long_pause()
    {
        _timeline.Attach(null, 0);
        _timeline.Listener = this;
        Send(0);
        Send(1, timestamp: 160 + 3600 * 8000, arrival: 3600);
        Assert.Equal(320 + 2 * 8000, _heard.Count);
        Assert.Equal(Samples(1), _heard[^160..]);
    }

    private void Send(params int[] packets)
    {
        foreach (var packet in packets)
            Send(packet, null);
    }

    private void Send(int packet, ushort? sequence = null, uint? timestamp = null, uint ssrc = 1, double? arrival = null, bool decodes = true) =>
        Add(Payload(packet), sequence ?? (ushort)packet, timestamp ?? (uint)packet * 160, ssrc, arrival ?? packet * 0.02, decodes);

    private void Add(byte[] payload, ushort sequence, uint timestamp, uint ssrc, double arrival, bool decodes)
    {
        var datagram = new byte[RtpPacket.HeaderLength + payload.Length];
        RtpPacket.WriteHeader(datagram, 0, false, sequence, timestamp, ssrc);
        payload.CopyTo(datagram, RtpPacket.HeaderLength);
        Assert.True(RtpPacket.TryParse(datagram, out var parsed));
        _timeline.Add(parsed, decodes ? AudioCodec.Pcmu.CreateDecoder() : null, arrival);
    }

    private void Heard(params int[] packets) => Assert.Equal(packets.SelectMany(Samples), _heard);

    private static byte[] Payload(int packet) => [.. Enumerable.Range(0, 160).Select(i => (byte)(packet * 31 + i * 7))];

    private static List<short> Samples(int packet)
    {
        var samples = new short[160];
        AudioCodec.Pcmu.CreateDecoder().Decode(Payload(packet), samples);
        return [.. samples];
    }
}
