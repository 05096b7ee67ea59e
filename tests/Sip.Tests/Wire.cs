using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>A bare UDP socket that speaks to an endpoint in the very octets that the test writes.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _buffer = new byte[65536];
    private int _branch;

    public Wire(IPEndPoint peer)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Connect(peer);
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Octets that have come and were not received yet.</summary>
    public int Waiting => _socket.Available;

    public Task SendAsync(string message) => SendAsync(Encoding.UTF8.GetBytes(message));

    public async Task SendAsync(byte[] message) => await _socket.SendAsync(message);

    /// <summary>Lines as the test writes them, with CRLF, and an empty line at the end.</summary>
    public Task SendLinesAsync(string lines, string body = "") =>
        SendAsync(lines.ReplaceLineEndings("\r\n").Trim('\r', '\n') + "\r\n\r\n" + body);

    public async Task<byte[]> ReceiveOctetsAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var length = await _socket.ReceiveAsync(_buffer, limit.Token);
        return _buffer[..length];
    }

    public async Task<SipMessage> ReceiveAsync()
    {
        var result = SipParser.Parse(await ReceiveOctetsAsync());
        Assert.True(result.IsGood, result.Error);
        return result.Message!;
    }

    public async Task<SipResponse> ResponseAsync()
    {
        while (true)
        {
            if (await ReceiveAsync() is SipResponse { Status: > 100 } response)
                return response;
        }
    }

    /// <summary>The next request with that method; others and responses are passed over.</summary>
    public async Task<SipRequest> RequestAsync(string method)
    {
        while (true)
        {
            if (await ReceiveAsync() is SipRequest request && request.Method == method)
                return request;
        }
    }

    /// <summary>The final response to a request with that method; others are passed over.</summary>
    public async Task<SipResponse> ResponseToAsync(string method)
    {
        while (true)
        {
            if (await ReceiveAsync() is SipResponse { Status: >= 200 } response && response.CSeq!.Value.Method == method)
                return response;
        }
    }

    /// <summary>Responds to a request as somebody with that tag.</summary>
    public Task RespondAsync(SipRequest request, int status, string tag = "pbx", string? session = null, params (string Name, string Value)[] headers)
    {
        var response = request.CreateResponse(status, null, tag);
        response.Headers.Add("Contact", $"<sip:{tag}@127.0.0.1:{Port}>");
        foreach (var (name, value) in headers)
            response.Headers.Add(name, value);
        response.SetBody(session is null ? null : SipBody.Sdp(session));
        return SendAsync(SipMessageWriter.Write(response));
    }

    /// <summary>Sends a request within the dialog that a request of the other side has begun.</summary>
    public Task SendWithinAsync(SipRequest invite, string method, uint cseq, string tag = "pbx", string? session = null, string headers = "")
    {
        var text = Request(method, invite.CallId!, cseq, $"<sip:them@127.0.0.1>;tag={invite.From!.Tag}", headers: headers,
            contentType: session is null ? null : "application/sdp", body: session ?? "");
        return SendAsync(text.Replace("From: <sip:alice@example.test>;tag=a1", $"From: <sip:alice@example.test>;tag={tag}"));
    }

    /// <summary>A request that is right in everything that the test does not change.</summary>
    public string Request(string method, string callId = "call-1", uint cseq = 1, string to = "<sip:bob@127.0.0.1>",
        string uri = "sip:bob@127.0.0.1", string headers = "", string body = "", string? branch = null, string? contentType = null)
    {
        var text = new StringBuilder($"{method} {uri} SIP/2.0\r\n");
        text.Append($"Via: SIP/2.0/UDP 127.0.0.1:{Port};branch={branch ?? $"z9hG4bKt{++_branch}"};rport\r\n");
        text.Append($"Max-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=a1\r\nTo: {to}\r\nCall-ID: {callId}\r\n");
        text.Append($"CSeq: {cseq} {method}\r\nContact: <sip:alice@127.0.0.1:{Port}>\r\n{headers}");
        if (contentType is not null)
            text.Append($"Content-Type: {contentType}\r\n");
        text.Append($"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        return text.ToString();
    }

    public void Dispose() => _socket.Dispose();
}
