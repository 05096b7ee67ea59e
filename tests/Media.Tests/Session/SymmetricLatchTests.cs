using System.Net;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public sealed class SymmetricLatchTests
{
    private readonly SymmetricLatch _latch = new();

    [Fact]
    public void The_announced_address_wins_while_nothing_is_fixed()
    {
        _latch.Open(Address(1));
        Assert.True(_latch.Accepts(Address(2)));
        Assert.Equal(Address(2), _latch.Destination);
        Assert.False(_latch.Accepts(Address(3)));
        Assert.True(_latch.Accepts(Address(1)));
        Assert.False(_latch.Accepts(Address(2)));
        Assert.Equal(Address(1), _latch.Destination);
    }

    [Fact]
    public void After_five_packets_nobody_takes_the_call_over()
    {
        _latch.Open(Address(1));
        for (var i = 0; i < 5; i++)
            Assert.True(_latch.Accepts(Address(2)));
        Assert.False(_latch.Accepts(Address(1)));
        Assert.Equal(Address(2), _latch.Destination);
    }

    [Fact]
    public void A_new_address_opens_it_and_the_same_one_does_not()
    {
        _latch.Open(Address(1));
        for (var i = 0; i < 5; i++)
            _latch.Accepts(Address(2));
        _latch.Open(Address(1));
        Assert.Equal(Address(2), _latch.Destination);
        _latch.Open(Address(4));
        Assert.Equal(Address(4), _latch.Destination);
        Assert.True(_latch.Accepts(Address(4)));
    }

    private static SocketAddress Address(int port) => new IPEndPoint(IPAddress.Loopback, port).Serialize();
}
