using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.WebSockets;

/// <summary>
/// A phone as JavaScript in a browser speaks (RFC 7118): a WebSocket and lines of text, none of our code. (No SIP phone of Debian speaks
/// SIP over WebSockets.)
/// </summary>
public sealed partial class BrowserPhoneTests
{
    private const string Host = "phone4711.invalid";

    [Theory]
    [InlineData(SipCarrier.Ws)]
    [InlineData(SipCarrier.Wss)]
    public async Task A_caller_who_hangs_up_in_the_greeting_leaves_a_notice(SipCarrier carrier)
    {
        await using var installation = await Installation.StartAsync();
        using var guard = new CancellationTokenSource(Installation.Guard);
        using var socket = await BrowserSocket.ConnectAsync(installation, carrier, guard.Token);
        var via = carrier.ToString().ToUpperInvariant();
        await SendAsync(socket, Message("INVITE", via, "1", 1, "", Sdp), guard.Token);
        var answer = await FinalAsync(socket, guard.Token);
        Assert.StartsWith("SIP/2.0 200 OK", answer);
        Assert.Contains($"Via: SIP/2.0/{via} {Host};branch=z9hG4bK1;received=127.0.0.1", answer);
        Assert.Contains(";transport=ws>", ContactLine().Match(answer).Value);
        var tag = ToTag().Match(answer).Groups[1].Value;
        await SendAsync(socket, Message("ACK", via, "2", 1, tag, ""), guard.Token);
        await SendAsync(socket, Message("BYE", via, "3", 2, tag, ""), guard.Token);
        Assert.StartsWith("SIP/2.0 200 OK", await FinalAsync(socket, guard.Token));
        (await installation.OnlyMessageAsync()).MustBeMissedCall("5550103");
    }

    private static Task SendAsync(ClientWebSocket socket, string text, CancellationToken cancellationToken) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    private static async Task<string> FinalAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[65536];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, cancellationToken);
            var text = Encoding.UTF8.GetString(buffer, 0, received.Count);
            if (!text.StartsWith("SIP/2.0 1", StringComparison.Ordinal))
                return text;
        }
    }

    private static string Message(string method, string via, string branch, int cseq, string tag, string body) =>
        $"{method} sip:1001@example.test SIP/2.0\r\nVia: SIP/2.0/{via} {Host};branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n"
        + $"From: \"Dora\" <sip:5550103@example.test>;tag=d1\r\nTo: <sip:1001@example.test>{(tag.Length > 0 ? ";tag=" + tag : "")}\r\n"
        + $"Call-ID: browser\r\nCSeq: {cseq} {method}\r\nContact: <sip:5550103@{Host};transport=ws>\r\n"
        + (body.Length > 0 ? "Content-Type: application/sdp\r\n" : "") + $"Content-Length: {body.Length}\r\n\r\n{body}";

    private static string Sdp => """
        v=0
        o=- 1 1 IN IP4 127.0.0.1
        s=-
        c=IN IP4 127.0.0.1
        t=0 0
        m=audio 9 RTP/AVP 0

        """.ReplaceLineEndings("\r\n");

    [GeneratedRegex(@"\r\nContact: [^\r]*")]
    private static partial Regex ContactLine();

    [GeneratedRegex(@"\r\nTo: [^\r]*;tag=([^;\r]+)")]
    private static partial Regex ToTag();
}
