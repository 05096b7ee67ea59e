using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class TelephoneEventTests
{
    private readonly TelephoneEventReceiver _receiver = new();

    [Fact]
    public void Every_key_has_its_event()
    {
        foreach (var key in "0123456789*#ABCD")
            Assert.Equal(key, new TelephoneEvent(TelephoneEvent.Of(key), false, 10, 160).Key);
        Assert.Throws<ArgumentException>(() => TelephoneEvent.Of('x'));
    }

    // RFC 4733 §5, the example of dialling 911: the payload of the end of the first 9 is event 9, E and volume 7, duration 1600.
    [Fact]
    public void The_payload_is_that_of_the_example()
    {
        Span<byte> payload = stackalloc byte[4];
        new TelephoneEvent(9, true, 7, 1600).Write(payload);
        Assert.Equal([9, 0x87, 0x06, 0x40], payload.ToArray());
        Assert.True(TelephoneEvent.TryParse(payload, out var read));
        Assert.Equal(new TelephoneEvent(9, true, 7, 1600), read);
    }

    [Fact]
    public void A_key_counts_once_whatever_is_repeated()
    {
        Assert.Equal('5', Receive(5, 1000, 160));
        Assert.Null(Receive(5, 1000, 320));
        Assert.Null(Receive(5, 1000, 800, end: true));
        Assert.Null(Receive(5, 1000, 800, end: true));
        Assert.Null(Receive(5, 1000, 320)); // late
        Assert.Equal('5', Receive(5, 3000, 160));
    }

    [Fact]
    public void A_key_counts_when_only_an_end_arrives()
    {
        Assert.Equal('1', Receive(1, 1000, 800, end: true));
        Assert.Null(Receive(1, 1000, 800, end: true));
        Assert.Null(Receive(2, 500, 800, end: true)); // of an event before
    }

    // Phones and gateways begin their timestamps anew, after a hold for one, and stay the same source.
    [Fact]
    public void A_clock_that_jumps_back_costs_no_key()
    {
        Assert.Equal('1', Receive(1, 100_000, 800, end: true, sequence: 10));
        Assert.Null(Receive(2, 90_000, 800, end: true, sequence: 8)); // of an event before
        Assert.Equal('3', Receive(3, 500, 160, sequence: 20));
        Assert.Null(Receive(3, 500, 800, end: true, sequence: 21));
        Assert.Equal('4', Receive(4, 100, 160, sequence: 40_000));
    }

    [Fact]
    public void A_key_held_beyond_the_largest_duration_is_one_key()
    {
        Assert.Equal('#', Receive(11, 1000, 160));
        Assert.Null(Receive(11, 1000, 0xFFFF));
        Assert.Null(Receive(11, 1000 + 0xFFFF, 160));
        Assert.Null(Receive(11, 1000 + 0xFFFF, 800, end: true));
        Assert.Equal('#', Receive(11, 200_000, 160));
    }

    [Fact]
    public void Events_that_are_no_keys_are_none() => Assert.Null(Receive(36, 1000, 160));

    private char? Receive(byte code, uint timestamp, ushort duration, bool end = false, ushort sequence = 1)
    {
        var datagram = new byte[RtpPacket.HeaderLength + TelephoneEvent.Length];
        RtpPacket.WriteHeader(datagram, 101, false, sequence, timestamp, 1);
        new TelephoneEvent(code, end, 10, duration).Write(datagram.AsSpan(RtpPacket.HeaderLength));
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        return _receiver.Receive(packet);
    }
}
