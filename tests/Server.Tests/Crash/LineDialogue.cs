using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>A client that says line by line what a test lets it say.</summary>
internal sealed class LineDialogue(TcpClient client) : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);
    private readonly StreamReader _reader = new(client.GetStream());

    public static async Task<LineDialogue> ConnectAsync(IPEndPoint server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server);
        var dialogue = new LineDialogue(client);
        await dialogue._reader.ReadLineAsync();
        return dialogue;
    }

    /// <summary>Sends a line and gives the first one that begins so.</summary>
    public async Task<string> AskAsync(string line, string answer)
    {
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(line + "\r\n"));
        while (true)
        {
            var said = await _reader.ReadLineAsync().WaitAsync(Guard);
            Assert.NotNull(said);
            if (said.StartsWith(answer, StringComparison.Ordinal))
                return said;
        }
    }

    /// <summary>What is said beyond, or null at the end of the connection.</summary>
    public Task<string?> EndAsync() => _reader.ReadLineAsync().WaitAsync(Guard);

    public void Dispose()
    {
        _reader.Dispose();
        client.Dispose();
    }
}
