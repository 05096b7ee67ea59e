using System.Net;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public sealed class SymmetricLatchTests
{
    private readonly SymmetricLatch latch = new();

    [Fact]
    public void The_announced_address_wins_while_nothing_is_fixed()
    {
        latch.Open(Address(1));
        Assert.True(latch.Accepts(Address(2)));
        Assert.Equal(Address(2), latch.Destination);
        Assert.False(latch.Accepts(Address(3)));
        Assert.True(latch.Accepts(Address(1)));
        Assert.False(latch.Accepts(Address(2)));
        Assert.Equal(Address(1), latch.Destination);
    }

    [Fact]
    public void After_five_packets_nobody_takes_the_call_over()
    {
        latch.Open(Address(1));
        for (var i = 0; i < 5; i++)
            Assert.True(latch.Accepts(Address(2)));
        Assert.False(latch.Accepts(Address(1)));
        Assert.Equal(Address(2), latch.Destination);
    }

    [Fact]
    public void A_new_address_opens_it_and_the_same_one_does_not()
    {
        latch.Open(Address(1));
        for (var i = 0; i < 5; i++)
            latch.Accepts(Address(2));
        latch.Open(Address(1));
        Assert.Equal(Address(2), latch.Destination);
        latch.Open(Address(4));
        Assert.Equal(Address(4), latch.Destination);
        Assert.True(latch.Accepts(Address(4)));
    }

    private static SocketAddress Address(int port) => new IPEndPoint(IPAddress.Loopback, port).Serialize();
}
