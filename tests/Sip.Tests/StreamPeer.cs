using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>A bare stream that speaks to an endpoint in the very octets that the test writes, and reads message by message.</summary>
internal sealed class StreamPeer(Stream stream) : IDisposable
{
    public static async Task<StreamPeer> ConnectAsync(IPEndPoint peer)
    {
        var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(peer);
        return new StreamPeer(new NetworkStream(socket, ownsSocket: true));
    }

    public static async Task<StreamPeer> AcceptAsync(TcpListener listener) =>
        new((await listener.AcceptTcpClientAsync().Soon()).GetStream());

    /// <summary>A request that is right in everything.</summary>
    public static string Request(string method, string transport = "TCP", string sentBy = "127.0.0.1:9", string branch = "1", string via = "", string body = "",
        string contact = "<sip:alice@127.0.0.1:9>", string callId = "stream-1") =>
        $"{method} sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {sentBy};branch=z9hG4bK{branch}{via}\r\nMax-Forwards: 70\r\n"
        + $"From: <sip:alice@example.test>;tag=a1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: {callId}\r\nCSeq: 1 {method}\r\nContact: {contact}\r\n"
        + (body.Length > 0 ? "Content-Type: application/sdp\r\n" : "") + $"Content-Length: {body.Length}\r\n\r\n{body}";

    public Task SendAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().Soon();

    /// <summary>So many octets as they come.</summary>
    public async Task<string> ReadAsync(int count)
    {
        var octets = new byte[count];
        await stream.ReadExactlyAsync(octets).AsTask().Soon();
        return Encoding.UTF8.GetString(octets);
    }

    /// <summary>The next message.</summary>
    public async Task<SipMessage> ReceiveAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            text.Append(await ReadAsync(1));
        var length = text.ToString().Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.Ordinal)).Split(':')[1];
        text.Append(await ReadAsync(int.Parse(length)));
        var result = SipParser.Parse(Encoding.UTF8.GetBytes(text.ToString()));
        Assert.True(result.IsGood, result.Error);
        return result.Message!;
    }

    /// <summary>Done when the other side has closed.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().Soon());
        }
        catch (IOException)
        {
            // Cut rather than closed.
        }
    }

    public void Dispose() => stream.Dispose();
}
