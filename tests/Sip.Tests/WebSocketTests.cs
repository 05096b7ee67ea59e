using System.Net;
using System.Net.WebSockets;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 7118 as the client of a browser speaks it.</summary>
public sealed class WebSocketTests : IAsyncLifetime
{
    private Peers _peers = null!;

    public async ValueTask InitializeAsync() => _peers = await Peers.StartAsync(SipTransportKind.Ws);

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Theory]
    [InlineData(WebSocketMessageType.Text)]
    [InlineData(WebSocketMessageType.Binary)]
    public async Task A_message_is_one_WebSocket_message_text_or_binary(WebSocketMessageType type)
    {
        using var socket = await ConnectAsync();
        Assert.Equal("sip", socket.SubProtocol);
        await SendAsync(socket, Options, type);
        var (response, sent) = await ReceiveAsync(socket);
        Assert.StartsWith("SIP/2.0 200 OK", response);
        Assert.Equal(WebSocketMessageType.Text, sent);
        Assert.Contains("Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1;received=127.0.0.1", response);
    }

    [Fact]
    public async Task A_message_in_fragments_is_one_message()
    {
        using var socket = await ConnectAsync();
        foreach (var octet in Encoding.UTF8.GetBytes(Options)[..^1])
            await socket.SendAsync(new[] { octet }, WebSocketMessageType.Text, endOfMessage: false, default);
        await socket.SendAsync("\n"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
        Assert.StartsWith("SIP/2.0 200 OK", (await ReceiveAsync(socket)).Text);
    }

    [Fact]
    public async Task A_ping_of_line_breaks_is_answered()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, "\r\n\r\n");
        Assert.Equal("\r\n", (await ReceiveAsync(socket)).Text);
    }

    [Fact]
    public async Task A_message_without_Content_Length_ends_with_the_WebSocket_message()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, Options.Replace("Content-Length: 0\r\n", ""));
        Assert.StartsWith("SIP/2.0 200 OK", (await ReceiveAsync(socket)).Text);
    }

    [Fact]
    public async Task A_malformed_message_is_refused_and_the_WebSocket_stays()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, Options.Replace("Max-Forwards: 70", "Max-Forwards: many"));
        Assert.StartsWith("SIP/2.0 400", (await ReceiveAsync(socket)).Text);
        await SendAsync(socket, "rubbish that is long enough");
        await SendAsync(socket, Options);
        Assert.StartsWith("SIP/2.0 200 OK", (await ReceiveAsync(socket)).Text);
    }

    [Fact]
    public async Task A_message_that_is_too_large_ends_the_WebSocket()
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(new byte[SipLimits.MaxMessageOctets + 1], WebSocketMessageType.Binary, endOfMessage: true, default);
        var end = await socket.ReceiveAsync(new byte[100], default).Soon();
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.MessageTooBig), (end.MessageType, socket.CloseStatus));
    }

    [Fact]
    public async Task A_WebSocket_without_the_subprotocol_is_refused()
    {
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chat");
        var error = await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address, default));
        Assert.Contains("400", error.Message);
    }

    [Fact]
    public async Task Plain_HTTP_is_told_to_upgrade()
    {
        using var http = new HttpClient();
        var response = await http.GetAsync(new UriBuilder(Address) { Scheme = "http" }.Uri);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Contains("websocket", response.Headers.GetValues("Upgrade"));
    }

    // RFC 7118 §5.2: the host of the client is invalid on purpose; only its WebSocket leads there.
    [Fact]
    public async Task Requests_to_a_caller_go_by_its_WebSocket()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, Request("INVITE", Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        SipMessage message;
        do
            message = SipParser.Parse(Encoding.UTF8.GetBytes((await ReceiveAsync(socket)).Text)).Message!;
        while (message is not SipResponse { Status: 200 });
        var ack = Request("ACK").Replace("branch=z9hG4bK1", "branch=z9hG4bK2").Replace("To: <sip:bob@127.0.0.1>", $"To: {message.Headers["To"]}");
        await SendAsync(socket, ack);
        await call.Acknowledged.Soon();
        var hangUp = call.HangUpAsync();
        do
            message = SipParser.Parse(Encoding.UTF8.GetBytes((await ReceiveAsync(socket)).Text)).Message!;
        while (message is SipResponse); // the 200 may have come again meanwhile
        var bye = (SipRequest)message;
        Assert.Equal("BYE", bye.Method);
        Assert.Equal("df7jal23ls0d.invalid", bye.Uri.Host);
        await SendAsync(socket, Encoding.UTF8.GetString(SipMessageWriter.Write(bye.CreateResponse(200))));
        await hangUp.Soon();
    }

    [Fact]
    public async Task A_client_that_nobody_can_connect_to_says_so()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Ws,
            client: o => o with { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] });
        var (incoming, outgoing) = await peers.ConnectAsync();
        Assert.EndsWith(".invalid", incoming.Request.TopVia!.Host, StringComparison.Ordinal);
        Assert.Null(incoming.Request.TopVia.Port);
        Assert.Equal(incoming.Request.TopVia.Host, incoming.Request.Contact!.Uri.Host);
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
    }

    private Uri Address => new($"ws://{_peers.ServerEndPoint}/");

    private static string Options => Request("OPTIONS");

    private static string Request(string method, string body = "") =>
        StreamPeer.Request(method, "WS", "df7jal23ls0d.invalid", body: body, contact: "<sip:alice@df7jal23ls0d.invalid;transport=ws>");

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("sip");
        await socket.ConnectAsync(Address, default).Soon();
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text, WebSocketMessageType type = WebSocketMessageType.Text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), type, endOfMessage: true, default).Soon();

    private static async Task<(string Text, WebSocketMessageType Type)> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[SipLimits.MaxMessageOctets];
        var received = await socket.ReceiveAsync(buffer, default).Soon();
        Assert.True(received.EndOfMessage);
        return (Encoding.UTF8.GetString(buffer, 0, received.Count), received.MessageType);
    }
}
