using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace UnifiedMsg.Network.Tests;

public class StreamListenerTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private static readonly IPEndPoint FreePort = new(IPAddress.Loopback, 0);

    private static StreamListenerOptions Options(params IPEndPoint[] endPoints) =>
        new() { Name = "test", EndPoints = endPoints.Length == 0 ? [FreePort] : endPoints };

    private static StreamListener Listener(StreamListenerOptions options, Func<StreamConnection, CancellationToken, Task> serve) =>
        new(options, serve, NullLogger.Instance);

    private static async Task EchoAsync(StreamConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync(stopping);
            if (read.Buffer.IsEmpty && read.IsCompleted)
                return;
            foreach (var segment in read.Buffer)
                connection.Output.Write(segment.Span);
            connection.Input.AdvanceTo(read.Buffer.End);
            await connection.FlushAsync(stopping);
        }
    }

    private static async Task<string> ReadToEndAsync(StreamConnection connection)
    {
        var text = new MemoryStream();
        await connection.Input.CopyToAsync(text).WaitAsync(Guard);
        return Encoding.Latin1.GetString(text.ToArray());
    }

    private static Task WriteAsync(StreamConnection connection, string text) =>
        connection.Output.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    [Fact]
    public async Task Octets_go_both_ways()
    {
        await using var listener = Listener(Options(), EchoAsync);
        await listener.StartAsync(default);
        await using var client = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        await WriteAsync(client, "hello\r\n");
        using var reader = new LineReader(client.Input, 100, Guard);
        Assert.Equal("hello", Encoding.Latin1.GetString((await reader.ReadLineAsync(default)).Octets.Span));
        Assert.Equal(1, listener.ConnectionCount);
    }

    [Fact]
    public async Task A_busy_port_is_named_and_nothing_stays_open()
    {
        using var taken = new TcpListener(FreePort);
        taken.Start();
        var busy = (IPEndPoint)taken.LocalEndpoint;
        await using var listener = Listener(Options(FreePort, busy), EchoAsync);
        var error = await Assert.ThrowsAsync<ListenException>(() => listener.StartAsync(default));
        Assert.Contains($"test: can't listen on {busy}: another program uses this port", error.Message);
        Assert.Empty(listener.EndPoints);
    }

    [Fact]
    public async Task Too_many_connections_from_one_address_are_told_and_closed()
    {
        var options = Options() with { MaxConnectionsPerAddress = 2, Refusal = "421 4.7.0 Too many connections\r\n"u8.ToArray() };
        await using var listener = Listener(options, EchoAsync);
        await listener.StartAsync(default);
        var first = await ConnectedAsync(listener);
        await using var second = await ConnectedAsync(listener);
        await using (var third = await StreamConnection.ConnectAsync(listener.EndPoints[0]))
            Assert.Equal("421 4.7.0 Too many connections\r\n", await ReadToEndAsync(third));

        await first.DisposeAsync();
        // The place is free once the server has seen the close; until then a new connection is refused.
        while (true)
        {
            await using var again = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
            await WriteAsync(again, "x");
            var read = await again.Input.ReadAsync().AsTask().WaitAsync(Guard);
            if (read.Buffer.FirstSpan is [(byte)'x', ..])
                return;
        }
    }

    [Fact]
    public async Task Stopping_lets_handlers_say_farewell()
    {
        var greeted = new TaskCompletionSource();
        await using var listener = Listener(Options(), async (connection, stopping) =>
        {
            await connection.Output.WriteAsync("hello\r\n"u8.ToArray(), stopping);
            greeted.SetResult();
            var stopped = new TaskCompletionSource();
            await using (stopping.Register(stopped.SetResult))
                await stopped.Task;
            await connection.Output.WriteAsync("farewell\r\n"u8.ToArray(), CancellationToken.None);
        });
        await listener.StartAsync(default);
        await using var client = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        var text = ReadToEndAsync(client);
        await client.Output.FlushAsync();
        await greeted.Task.WaitAsync(Guard);
        await listener.StopAsync(Guard);
        Assert.Equal("hello\r\nfarewell\r\n", await text);
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_cut_off()
    {
        var served = new TaskCompletionSource();
        await using var listener = Listener(Options(), async (connection, _) =>
        {
            served.SetResult();
            await connection.Input.ReadAsync(CancellationToken.None);
        });
        await listener.StartAsync(default);
        await using var client = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        await served.Task.WaitAsync(Guard);
        await listener.StopAsync(TimeSpan.FromMilliseconds(1)).WaitAsync(Guard);
        Assert.Equal(0, listener.ConnectionCount);
        await Assert.ThrowsAnyAsync<Exception>(() => StreamConnection.ConnectAsync(listener.EndPoints[0]));
    }

    [Fact]
    public async Task A_fault_of_a_handler_ends_only_its_connection()
    {
        await using var listener = Listener(Options(), async (connection, stopping) =>
        {
            var read = await connection.Input.ReadAsync(stopping);
            if (read.Buffer.FirstSpan[0] == (byte)'!')
                throw new InvalidOperationException("a fault");
            connection.Input.AdvanceTo(read.Buffer.Start);
            await EchoAsync(connection, stopping);
        });
        await listener.StartAsync(default);
        await using var healthy = await ConnectedAsync(listener);
        await using var faulty = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        await WriteAsync(faulty, "!");
        Assert.Equal("", await ReadToEndAsync(faulty));
        await WriteAsync(healthy, "still here");
        Assert.False((await healthy.Input.ReadAsync().AsTask().WaitAsync(Guard)).Buffer.IsEmpty);
    }

    private static async Task<StreamConnection> ConnectedAsync(StreamListener listener)
    {
        var client = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        await WriteAsync(client, "x");
        var read = await client.Input.ReadAsync().AsTask().WaitAsync(Guard);
        Assert.Equal("x", Encoding.Latin1.GetString(read.Buffer.FirstSpan));
        client.Input.AdvanceTo(read.Buffer.End);
        return client;
    }
}
