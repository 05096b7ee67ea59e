using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using UnifiedMsg.Sip.Gateways;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class GatewayTests
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(30);

    private static (SipGateway Gateway, ChannelReader<GatewayStatus> Changes) Watch(SipEndpoint endpoint, SipUri target, TimeSpan? timeout = null)
    {
        var changes = Channel.CreateUnbounded<GatewayStatus>();
        var gateway = endpoint.Watch(new GatewayOrder
        {
            Name = "pbx",
            Target = target,
            From = Peers.Alice,
            Interval = Often,
            Timeout = timeout ?? TimeSpan.FromSeconds(20),
            OnChange = status => changes.Writer.TryWrite(status),
        });
        return (gateway, changes.Reader);
    }

    [Fact]
    public async Task A_gateway_goes_up_and_down_and_up_again()
    {
        await using var peers = await Peers.StartAsync();
        var answer = 200;
        using var pbx = new Pbx(() => answer);
        var (watch, changes) = Watch(peers.Client, SipUri.Create(null, "127.0.0.1", pbx.Port));
        var up = await changes.Next();
        Assert.Equal((GatewayState.Up, "200 OK"), (up.State, up.Answer));
        Assert.True(up.RoundTrip > TimeSpan.Zero);
        answer = 503;
        var down = await changes.Next();
        Assert.Equal((GatewayState.Down, "503 Service Unavailable"), (down.State, down.Answer));
        // Any other answer shows that somebody is there.
        answer = 405;
        Assert.Equal(GatewayState.Up, (await changes.Next()).State);
        await watch.StopAsync().Soon();
    }

    [Fact]
    public async Task A_fault_of_whoever_is_told_does_not_end_the_watch()
    {
        await using var peers = await Peers.StartAsync();
        var answer = 200;
        using var pbx = new Pbx(() => answer);
        var changes = Channel.CreateUnbounded<GatewayState>();
        var watch = peers.Client.Watch(new GatewayOrder
        {
            Name = "pbx",
            Target = SipUri.Create(null, "127.0.0.1", pbx.Port),
            From = Peers.Alice,
            Interval = Often,
            Timeout = TimeSpan.FromSeconds(20),
            OnChange = status =>
            {
                changes.Writer.TryWrite(status.State);
                throw new InvalidOperationException("test");
            },
        });
        Assert.Equal(GatewayState.Up, await changes.Reader.Next());
        answer = 503;
        Assert.Equal(GatewayState.Down, await changes.Reader.Next());
        await watch.DisposeAsync().AsTask().Soon();
        // The endpoint stops it once more at its own end.
        await watch.StopAsync().Soon();
    }

    [Fact]
    public async Task Who_does_not_answer_is_down()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var peers = await Peers.StartAsync();
        var port = ((IPEndPoint)silent.Client.LocalEndPoint!).Port;
        var (watch, changes) = Watch(peers.Client, SipUri.Create(null, "127.0.0.1", port), TimeSpan.FromMilliseconds(50));
        var down = await changes.Next();
        Assert.Equal(GatewayState.Down, down.State);
        Assert.Null(down.RoundTrip);
        Assert.StartsWith("no answer", down.Answer);
        Assert.Equal("pbx", watch.Name);
    }

    /// <summary>Answers OPTIONS as the test says.</summary>
    private sealed class Pbx : IDisposable
    {
        private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
        public Pbx(Func<int> status) => _ = AnswerAsync(status);

        public int Port => ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;

        public void Dispose() => _socket.Dispose();

        private async Task AnswerAsync(Func<int> status)
        {
            while (true)
            {
                try
                {
                    var datagram = await _socket.ReceiveAsync();
                    if (SipParser.Parse(datagram.Buffer).Message is SipRequest request)
                        await _socket.SendAsync(SipMessageWriter.Write(request.CreateResponse(status(), null, "t")), datagram.RemoteEndPoint);
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException)
                {
                    return;
                }
            }
        }
    }
}
