using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Delivery.Tests.Smtp;

/// <summary>Speaks SMTP by lines: what is sent, and how the reply must begin.</summary>
internal sealed class SmtpScript : IAsyncDisposable
{
    private readonly TcpClient _socket = new() { NoDelay = true };
    private Stream _stream = Stream.Null;

    public static async Task<SmtpScript> ConnectAsync(IPEndPoint endPoint, string greeting = "220 ")
    {
        var script = new SmtpScript();
        await script._socket.ConnectAsync(endPoint);
        script._stream = script._socket.GetStream();
        if (greeting.Length > 0)
            await script.ExpectAsync(greeting);
        return script;
    }

    /// <summary>Pairs of a line to send and the start of its reply.</summary>
    public async Task RunAsync(params string[] linesAndReplies)
    {
        for (var i = 0; i < linesAndReplies.Length; i += 2)
        {
            await SendAsync(linesAndReplies[i] + "\r\n");
            await ExpectAsync(linesAndReplies[i + 1]);
        }
    }

    public Task SendAsync(string octets) => _stream.WriteAsync(Encoding.UTF8.GetBytes(octets)).AsTask();

    /// <summary>Sends octet by octet, each in a packet of its own.</summary>
    public async Task TrickleAsync(string octets)
    {
        foreach (var octet in Encoding.UTF8.GetBytes(octets))
            await _stream.WriteAsync(new[] { octet });
    }

    /// <summary>Reads one reply, all its lines, and compares how its last one begins.</summary>
    public async Task<string> ExpectAsync(string start)
    {
        var reply = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            reply.Append(line).Append('\n');
            if (line.Length >= 4 && line[3] == '-')
                continue;
            Assert.StartsWith(start, line);
            return reply.ToString();
        }
    }

    public async Task ExpectEndAsync() =>
        Assert.Equal(0, await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(MailServer.Guard));

    public async Task StartTlsAsync()
    {
        await RunAsync("STARTTLS", "220 ");
        var tls = new SslStream(_stream, false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost").WaitAsync(MailServer.Guard);
        _stream = tls;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        var octet = new byte[1];
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            if (await _stream.ReadAsync(octet).AsTask().WaitAsync(MailServer.Guard) == 0)
                throw new EndOfStreamException($"closed after '{Encoding.UTF8.GetString(line.ToArray())}'");
            line.Add(octet[0]);
        }
        return Encoding.UTF8.GetString(line.ToArray(), 0, line.Count - 2);
    }
}
