using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>What the keys under <c>sip</c> make of a call.</summary>
public sealed class SipOptionsTests : ISipApplication
{
    private const string Offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

    // The seconds that a caller asks for, and what is agreed on: within 2 and 3 minutes, unless no timer of ours is wanted.
    [Theory]
    [InlineData(true, 100, "120")]
    [InlineData(true, 150, "150")]
    [InlineData(true, 1800, "180")]
    [InlineData(false, 1800, "1800")]
    public async Task A_session_timer_is_agreed_on(bool timer, int asked, string agreed)
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Sip = options.Sip with
            {
                Session = new SipSessionSection { Timer = timer, Expires = TimeSpan.FromMinutes(3), MinExpires = TimeSpan.FromMinutes(2) },
            },
        });
        await server.AddUserAsync("alice", "1001");
        await using var phone = new SipEndpoint(
            new SipOptions
            {
                Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))],
                Session = new SipSessionOptions { Interval = TimeSpan.FromSeconds(asked) },
            },
            this, NullLoggerFactory.Instance);
        await phone.StartAsync(default);
        var called = server.Host.EndPoints.Sip.First(each => each.Carrier == SipCarrier.Udp).EndPoint;
        var result = await phone.CallAsync(
            new OutgoingCallRequest { Target = SipUri.Create("1001", "127.0.0.1", called.Port), From = NameAddress.Parse("<sip:bob@example.test>"), Offer = SipBody.Sdp(Offer) },
            default).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.NotNull(result.Call);
        Assert.Equal($"{agreed};refresher=uac", result.Response.Headers["Session-Expires"]);
        await result.Call.HangUpAsync();
    }
}
