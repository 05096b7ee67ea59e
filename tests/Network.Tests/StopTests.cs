using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace UnifiedMsg.Network.Tests;

/// <summary>What becomes of octets that are on their way when a server stops, in plain and under TLS.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("um-stop").FullName;
    private CertificateSource _certificate = null!;

    public async ValueTask InitializeAsync()
    {
        string certificate = Path.Combine(_folder, "cert.pem"), key = Path.Combine(_folder, "key.pem");
        await SelfSignedCertificate.WriteAsync(certificate, key, ["um.example.test"], TimeProvider.System);
        _certificate = new CertificateSource(certificate, key, NullLogger.Instance);
    }

    public ValueTask DisposeAsync()
    {
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<StreamListener> StartAsync(bool tls, Func<StreamConnection, CancellationToken, Task> serve, TimeProvider? time = null)
    {
        var listener = new StreamListener(
            new StreamListenerOptions
            {
                Name = "test",
                EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
                Certificate = _certificate,
                ImplicitTls = tls,
                WriteTimeout = TimeSpan.FromMinutes(1),
            },
            serve, NullLogger.Instance, time);
        await listener.StartAsync(default);
        return listener;
    }

    private static Task<StreamConnection> ConnectAsync(StreamListener listener, bool tls) => StreamConnection.ConnectAsync(
        listener.EndPoints[0],
        tls ? new SslClientAuthenticationOptions { TargetHost = "um.example.test", RemoteCertificateValidationCallback = (_, _, _, _) => true } : null);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_stop_overtakes_arrives_in_its_order(bool tls)
    {
        var begun = new TaskCompletionSource();
        await using var listener = await StartAsync(tls, async (connection, stopping) =>
        {
            begun.SetResult();
            var stopped = new TaskCompletionSource();
            await using (stopping.Register(stopped.SetResult))
                await stopped.Task;
            connection.Output.Write("one\r\n"u8);
            await TryAsync(async () => await connection.Output.FlushAsync(stopping));
            connection.Output.Write("two\r\n"u8);
            await TryAsync(async () => await connection.FlushAsync(stopping));
            connection.Output.Write("three\r\n"u8);
            await connection.FlushAsync(CancellationToken.None);
        });
        await using var client = await ConnectAsync(listener, tls);
        await begun.Task.WaitAsync(Guard);
        var stop = listener.StopAsync(Guard);
        var text = new MemoryStream();
        await client.Input.CopyToAsync(text).WaitAsync(Guard);
        Assert.Equal("one\r\ntwo\r\nthree\r\n", Encoding.Latin1.GetString(text.ToArray()));
        await stop;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_does_not_read_is_cut_off_at_the_end_of_the_drain(bool tls)
    {
        var begun = new TaskCompletionSource();
        await using var listener = await StartAsync(tls, (connection, _) => FloodAsync(connection, begun));
        await using var client = await ConnectAsync(listener, tls);
        await begun.Task.WaitAsync(Guard);
        await listener.StopAsync(TimeSpan.FromMilliseconds(1)).WaitAsync(Guard);
        Assert.Equal(0, listener.ConnectionCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_does_not_read_is_cut_off_by_the_time_out_of_writes(bool tls)
    {
        var time = new FakeTimeProvider();
        TaskCompletionSource begun = new(), ended = new();
        await using var listener = await StartAsync(
            tls,
            async (connection, _) =>
            {
                await TryAsync(() => FloodAsync(connection, begun));
                ended.SetResult();
            },
            time);
        await using var client = await ConnectAsync(listener, tls);
        await begun.Task.WaitAsync(Guard);
        var end = DateTime.UtcNow + Guard;
        while (!ended.Task.IsCompleted && DateTime.UtcNow < end)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }

        Assert.True(ended.Task.IsCompleted);
    }

    // The farewell to a peer whose octets can't be read fails too, and must not keep the socket.
    [Fact]
    public async Task Who_breaks_tls_is_let_go()
    {
        TaskCompletionSource begun = new();
        await using var listener = await StartAsync(true, async (connection, stopping) =>
        {
            begun.SetResult();
            await connection.Input.ReadAsync(stopping);
        });
        using var socket = new TcpClient();
        await socket.ConnectAsync(listener.EndPoints[0]);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("um.example.test");
        await begun.Task.WaitAsync(Guard);
        await socket.GetStream().WriteAsync("\x17\x03\x03\0\x20no record of this connection at all"u8.ToArray());
        var octets = new byte[4096];
        try
        {
            while (await socket.GetStream().ReadAsync(octets).AsTask().WaitAsync(Guard) > 0)
            {
                // An alert and whatever else comes before the end.
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    // More than the buffers on the way take, so that a flush waits for a client that reads nothing.
    private static async Task FloodAsync(StreamConnection connection, TaskCompletionSource begun)
    {
        do
        {
            connection.Output.Write(new byte[64 * 1024]);
            begun.TrySetResult();
        }
        while (await connection.FlushAsync(CancellationToken.None));
    }

    private static async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Whether it tells is not what is looked at.
        }
    }
}
