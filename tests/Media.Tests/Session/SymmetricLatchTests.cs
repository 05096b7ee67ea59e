using System.Net;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public sealed class SymmetricLatchTests
{
    private readonly SymmetricLatch _latch = new();

    [Fact]
    public void The_first_packet_decides_where_ours_go()
    {
        _latch.Announce(Address(1));
        Assert.Equal((Address(1), false), (_latch.Destination, _latch.HasSource));
        Assert.True(_latch.Accepts(Address(2), 10));
        Assert.Equal((Address(2), true), (_latch.Destination, _latch.HasSource));
        Assert.True(_latch.Accepts(Address(2), 1000));
    }

    [Fact]
    public void A_stranger_who_was_quicker_loses_the_call_to_the_announced_address_whatever_he_sent_and_nobody_takes_it_from_there()
    {
        _latch.Announce(Address(1));
        for (var i = 0; i < 100; i++)
            Assert.True(_latch.Accepts(Address(2), 10 + i * 0.02));
        Assert.False(_latch.Accepts(Address(3), 12.5));
        Assert.True(_latch.Accepts(Address(1), 12.9));
        Assert.False(_latch.Accepts(Address(2), 12.9));
        Assert.False(_latch.Accepts(Address(3), 12.9));
        Assert.Equal(Address(1), _latch.Destination);
    }

    [Fact]
    public void After_the_first_seconds_nobody_takes_the_call_over()
    {
        _latch.Announce(Address(1));
        Assert.True(_latch.Accepts(Address(2), 10));
        Assert.False(_latch.Accepts(Address(1), 10 + SymmetricLatch.Open + 0.1));
        Assert.False(_latch.Accepts(Address(3), 10 + SymmetricLatch.Open + 0.1));
        Assert.Equal(Address(2), _latch.Destination);
    }

    [Fact]
    public void With_no_address_announced_the_first_one_stays()
    {
        _latch.Announce(null);
        Assert.Null(_latch.Destination);
        Assert.True(_latch.Accepts(Address(2), 10));
        Assert.False(_latch.Accepts(Address(3), 10));
    }

    [Fact]
    public void A_new_address_opens_it_and_the_same_one_does_not()
    {
        _latch.Announce(Address(1));
        Assert.True(_latch.Accepts(Address(2), 10));
        _latch.Announce(Address(1));
        Assert.Equal(Address(2), _latch.Destination);
        Assert.False(_latch.Accepts(Address(4), 20));
        _latch.Announce(Address(4));
        Assert.Equal(Address(4), _latch.Destination);
        Assert.True(_latch.Accepts(Address(4), 20));
    }

    [Fact]
    public void The_address_may_be_one_that_is_written_anew_for_each_packet()
    {
        var reused = Address(2);
        _latch.Announce(null);
        Assert.True(_latch.Accepts(reused, 10));
        Address(3).Buffer.CopyTo(reused.Buffer);
        Assert.False(_latch.Accepts(reused, 10));
        Assert.Equal(Address(2), _latch.Destination);
    }

    private static SocketAddress Address(int port) => new IPEndPoint(IPAddress.Loopback, port).Serialize();
}
