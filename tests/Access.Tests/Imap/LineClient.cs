using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>An IMAP client that sends lines and shows what comes back, each response with its literals in place.</summary>
internal sealed class LineClient : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly TcpClient _tcp;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _tag;

    private LineClient(TcpClient tcp, Stream stream)
    {
        _tcp = tcp;
        _stream = stream;
    }

    public string Greeting { get; private set; } = "";

    public static async Task<LineClient> ConnectAsync(IPEndPoint endPoint, bool tls = false)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(endPoint);
        Stream stream = tcp.GetStream();
        if (tls)
        {
            var protectedStream = new SslStream(stream, false, (_, _, _, _) => true);
            await protectedStream.AuthenticateAsClientAsync("localhost").WaitAsync(Guard);
            stream = protectedStream;
        }

        var client = new LineClient(tcp, stream);
        client.Greeting = await client.ReadAsync();
        return client;
    }

    /// <summary>Sends a line.</summary>
    public Task SendAsync(string line) => SendRawAsync(line + "\r\n");

    /// <summary>Sends text as it is.</summary>
    public async Task SendRawAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Guard);

    /// <summary>Reads a response with its literals.</summary>
    public async Task<string> ReadAsync()
    {
        var response = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            response.Append(line);
            if (!line.EndsWith('}') || line.LastIndexOf('{') is var open && open < 0) return response.ToString();
            var count = int.Parse(line[(line.LastIndexOf('{') + 1)..^1]);
            response.Append("\r\n").Append(await ReadCountAsync(count));
        }
    }

    /// <summary>Sends a command and reads all up to its tagged reply, which comes last.</summary>
    public async Task<List<string>> RunAsync(string command)
    {
        var tag = $"a{++_tag}";
        await SendAsync($"{tag} {command}");
        return await ReadToAsync(tag);
    }

    /// <summary>Reads all up to the reply with this tag.</summary>
    public async Task<List<string>> ReadToAsync(string tag)
    {
        var responses = new List<string>();
        do responses.Add(await ReadAsync());
        while (!responses[^1].StartsWith(tag + " ", StringComparison.Ordinal));
        responses[^1] = responses[^1][(tag.Length + 1)..];
        return responses;
    }

    /// <summary>Runs a command that must succeed; gives the untagged responses.</summary>
    public async Task<List<string>> OkAsync(string command)
    {
        var responses = await RunAsync(command);
        Assert.StartsWith("OK", responses[^1]);
        return responses[..^1];
    }

    /// <summary>Runs a command and gives the tagged reply.</summary>
    public async Task<string> ReplyAsync(string command) => (await RunAsync(command))[^1];

    /// <summary>Waits until the server closes.</summary>
    public async Task ReadToEndAsync()
    {
        while (await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Guard) > 0)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new MemoryStream();
        while (true)
        {
            var end = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            if (end >= 0)
            {
                line.Write(_buffer, _start, end - _start);
                _start = end + 1;
                return Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
            }

            line.Write(_buffer, _start, _end - _start);
            await FillAsync();
        }
    }

    private async Task<string> ReadCountAsync(int count)
    {
        var octets = new MemoryStream();
        while (octets.Length < count)
        {
            if (_start == _end) await FillAsync();
            var take = (int)Math.Min(_end - _start, count - octets.Length);
            octets.Write(_buffer, _start, take);
            _start += take;
        }

        return Encoding.UTF8.GetString(octets.ToArray());
    }

    private async Task FillAsync()
    {
        _start = 0;
        _end = await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Guard);
        if (_end == 0) throw new EndOfStreamException("The server closed the connection.");
    }
}
