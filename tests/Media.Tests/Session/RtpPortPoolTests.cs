using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

[Collection(nameof(OnePortAtATime))]
public sealed class RtpPortPoolTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Any_free_ports_are_an_even_one_and_the_next()
    {
        var pool = new RtpPortPool(new MediaOptions(), _time);
        var (rtp, rtcp) = pool.Rent();
        using (rtp)
        using (rtcp)
        {
            Assert.Equal(0, Port(rtp) % 2);
            Assert.Equal(Port(rtp) + 1, Port(rtcp));
        }
    }

    [Fact]
    public void Ports_of_a_range_rest_before_they_are_used_again()
    {
        var first = FreePair();
        var pool = new RtpPortPool(
            new MediaOptions { FirstPort = first - 1, LastPort = first + 1, DrainTime = TimeSpan.FromSeconds(5) }, _time);
        Assert.Equal(first, RentAndClose(pool));
        Assert.Throws<IOException>(() => pool.Rent());
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(first, RentAndClose(pool));
    }

    [Fact]
    public void A_range_whose_ports_are_taken_says_so()
    {
        var first = FreePair();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, first));
        var pool = new RtpPortPool(new MediaOptions { FirstPort = first, LastPort = first + 1 }, _time);
        Assert.Contains($"from {first} to {first + 1}", Assert.Throws<IOException>(() => pool.Rent()).Message);
    }

    [Fact]
    public void An_address_that_is_not_ours_says_so()
    {
        var pool = new RtpPortPool(new MediaOptions { Address = IPAddress.Parse("192.0.2.1") }, _time);
        Assert.Contains("192.0.2.1", Assert.Throws<IOException>(() => pool.Rent()).Message);
    }

    private int FreePair() => RentAndClose(new RtpPortPool(new MediaOptions(), _time));

    private static int RentAndClose(RtpPortPool pool)
    {
        var (rtp, rtcp) = pool.Rent();
        var port = Port(rtp);
        rtp.Dispose();
        rtcp.Dispose();
        pool.Return(port);
        return port;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
