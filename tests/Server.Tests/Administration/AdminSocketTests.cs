using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Administration;

public sealed class AdminSocketTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    [Fact]
    public void Only_the_servers_user_may_open_the_socket()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Theory]
    [InlineData("rubbish", "refusal")]
    [InlineData("{}", "refusal")]
    [InlineData("[1,2]", "refusal")]
    [InlineData("""{"operation":"user.fly","argument":{}}""", "refusal")]
    [InlineData("""{"operation":"user.show","argument":{"name":"nobody@example.test"}}""", "refusal")]
    [InlineData("""{"operation":"user.show","argument":[]}""", "refusal")]
    [InlineData("""{"operation":"user.list","argument":{}}""", "result")]
    public async Task Every_line_gets_an_answer(string line, string kind)
    {
        using var reply = JsonDocument.Parse((await AskAsync(line + "\n"))!);
        Assert.True(reply.RootElement.TryGetProperty(kind, out _), reply.RootElement.GetRawText());
    }

    [Fact]
    public async Task A_line_without_end_is_cut_off()
    {
        Assert.Null(await AskAsync(new string('x', 2 << 20)));
        Assert.Contains("result", await AskAsync("""{"operation":"user.list","argument":{}}""" + "\n"));
    }

    [Fact]
    public async Task Silent_connections_do_not_keep_the_server_from_stopping()
    {
        var silent = new List<Socket>();
        for (var i = 0; i < 20; i++)
            silent.Add(await ConnectAsync());
        await _server.StopAsync().WaitAsync(Guard);
        Assert.False(File.Exists(SocketPath));
        silent.ForEach(socket => socket.Dispose());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private string SocketPath => Path.Combine(_server.Options.Data, "admin.sock");

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    private async Task<string?> AskAsync(string text)
    {
        await using var stream = new NetworkStream(await ConnectAsync(), ownsSocket: true);
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
            return await new StreamReader(stream).ReadLineAsync().WaitAsync(Guard);
        }
        catch (IOException)
        {
            return null; // Cut off while we were still writing.
        }
    }
}
