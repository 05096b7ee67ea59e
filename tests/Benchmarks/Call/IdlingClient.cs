using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Benchmarks.Call;

/// <summary>A mail client that idles (RFC 2177) and notes when a new message is announced. Bare lines over a socket, so that
/// what is measured is the server's time and not a library's.</summary>
internal sealed class IdlingClient : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private IdlingClient(IPEndPoint server)
    {
        _client.Connect(server);
        _reader = new StreamReader(_client.GetStream(), Encoding.Latin1);
        _writer = new StreamWriter(_client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
    }

    public static async Task<IdlingClient> OpenAsync(IPEndPoint server, string user, string password)
    {
        var client = new IdlingClient(server);
        await client.ReadLineAsync();
        await client.CommandAsync($"a LOGIN {user} \"{password}\"", "a OK");
        await client.CommandAsync("b SELECT INBOX", "b OK");
        await client.CommandAsync("c IDLE", "+");
        return client;
    }

    /// <summary>The moment at which the next message is announced.</summary>
    public async Task<long> NextMessageAsync()
    {
        while (!(await ReadLineAsync()).EndsWith(" EXISTS", StringComparison.Ordinal))
        {
        }
        return Stopwatch.GetTimestamp();
    }

    public void Dispose() => _client.Dispose();

    private async Task CommandAsync(string line, string good)
    {
        await _writer.WriteLineAsync(line);
        string answer;
        do
            answer = await ReadLineAsync();
        while (answer.StartsWith("* ", StringComparison.Ordinal));
        if (!answer.StartsWith(good, StringComparison.Ordinal))
            throw new IOException($"{line.Split(' ')[1]}: {answer}");
    }

    private async Task<string> ReadLineAsync() => await _reader.ReadLineAsync() ?? throw new IOException("the server closed the connection");
}
