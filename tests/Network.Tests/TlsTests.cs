using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace UnifiedMsg.Network.Tests;

public sealed class TlsTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("um-tls").FullName;
    private CertificateSource _certificate = null!;

    private string CertificateFile => Path.Combine(_folder, "cert.pem");

    private string KeyFile => Path.Combine(_folder, "key.pem");

    public async ValueTask InitializeAsync()
    {
        await SelfSignedCertificate.WriteAsync(CertificateFile, KeyFile, ["um.example.test", "127.0.0.1"], TimeProvider.System);
        _certificate = new CertificateSource(CertificateFile, KeyFile, NullLogger.Instance);
    }

    public ValueTask DisposeAsync()
    {
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private StreamListenerOptions Options(bool implicitTls) => new()
    {
        Name = "test",
        EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
        Certificate = _certificate,
        ImplicitTls = implicitTls,
    };

    private static async Task AnswerLinesAsync(StreamConnection connection, CancellationToken stopping)
    {
        using var reader = new LineReader(connection.Input, 100, Guard);
        while (true)
        {
            var line = await reader.ReadLineAsync(stopping);
            if (line.Status != LineStatus.Line)
                return;
            var text = Encoding.Latin1.GetString(line.Octets.Span);
            if (text == "STARTTLS")
            {
                await connection.StartTlsAsync("220 go\r\n"u8.ToArray(), stopping);
                reader.Reset(connection.Input);
                continue;
            }
            await connection.Output.WriteAsync(Encoding.Latin1.GetBytes($"{(connection.IsTls ? "tls" : "plain")} {text}\r\n"), stopping);
        }
    }

    private static SslClientAuthenticationOptions Trusting(X509Certificate2 certificate) => new()
    {
        TargetHost = "um.example.test",
        RemoteCertificateValidationCallback = (_, remote, _, _) => remote!.GetCertHashString() == certificate.GetCertHashString(),
    };

    private static async Task<string> LineAsync(LineReader reader) =>
        Encoding.Latin1.GetString((await reader.ReadLineAsync(default)).Octets.Span);

    [Fact]
    public async Task Implicit_tls_carries_lines_of_any_size()
    {
        await using var listener = new StreamListener(Options(implicitTls: true), AnswerLinesAsync, NullLogger.Instance);
        await listener.StartAsync(default);
        await using var client = await StreamConnection.ConnectAsync(listener.EndPoints[0], Trusting(_certificate.Certificate));
        using var reader = new LineReader(client.Input, 200, Guard);
        for (var i = 0; i < 50; i++)
        {
            var text = new string('x', i * 2);
            await client.Output.WriteAsync(Encoding.Latin1.GetBytes(text + "\r\n"));
            Assert.Equal("tls " + text, await LineAsync(reader));
        }
    }

    [Fact]
    public async Task What_was_pipelined_before_the_handshake_is_dropped()
    {
        await using var listener = new StreamListener(Options(implicitTls: false), AnswerLinesAsync, NullLogger.Instance);
        await listener.StartAsync(default);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(listener.EndPoints[0]);
        var stream = socket.GetStream();
        await stream.WriteAsync("before\r\nSTARTTLS\r\ninjected\r\n"u8.ToArray());
        var plain = new byte["plain before\r\n220 go\r\n".Length];
        await stream.ReadExactlyAsync(plain);
        Assert.Equal("plain before\r\n220 go\r\n", Encoding.Latin1.GetString(plain));

        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(Trusting(_certificate.Certificate));
        await tls.WriteAsync("after\r\n"u8.ToArray());
        var answer = new byte["tls after\r\n".Length];
        await tls.ReadExactlyAsync(answer);
        Assert.Equal("tls after\r\n", Encoding.Latin1.GetString(answer));
    }

    [Fact]
    public async Task A_client_that_never_begins_its_handshake_is_cut_off()
    {
        var time = new FakeTimeProvider();
        await using var listener = new StreamListener(Options(implicitTls: true), AnswerLinesAsync, NullLogger.Instance, time);
        await listener.StartAsync(default);
        await using var client = await StreamConnection.ConnectAsync(listener.EndPoints[0]);
        var read = client.Input.ReadAsync().AsTask();
        while (!read.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }
        // A reset is as good as an end here: the clock that the test drives may also run out on the farewell.
        if (!read.IsFaulted)
            Assert.True((await read).IsCompleted);
        else
            Assert.IsAssignableFrom<IOException>(read.Exception!.InnerException);
    }

    [Fact]
    public async Task A_changed_certificate_is_taken_up_and_a_broken_one_is_not()
    {
        var time = new FakeTimeProvider();
        using var source = new CertificateSource(CertificateFile, KeyFile, NullLogger.Instance, time);
        var first = source.Certificate.Thumbprint;

        await File.WriteAllTextAsync(CertificateFile, "rubbish");
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(first, source.Certificate.Thumbprint);

        File.Delete(CertificateFile);
        File.Delete(KeyFile);
        await SelfSignedCertificate.WriteAsync(CertificateFile, KeyFile, ["um.example.test"], TimeProvider.System);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotEqual(first, source.Certificate.Thumbprint);
    }

    [Fact]
    public async Task An_unusable_file_is_named()
    {
        var missing = Path.Combine(_folder, "none.pem");
        Assert.Contains(missing, Assert.Throws<CertificateException>(() => new CertificateSource(missing, KeyFile, NullLogger.Instance)).Message);
        var rubbish = Path.Combine(_folder, "rubbish.pem");
        await File.WriteAllTextAsync(rubbish, "rubbish");
        Assert.Contains(rubbish, Assert.Throws<CertificateException>(() => new CertificateSource(rubbish, KeyFile, NullLogger.Instance)).Message);
        Assert.Contains(rubbish, Assert.Throws<CertificateException>(() => new CertificateSource(CertificateFile, rubbish, NullLogger.Instance)).Message);
    }

    [Fact]
    public async Task The_key_is_for_its_owner_only_and_never_overwritten()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await Assert.ThrowsAsync<IOException>(() =>
            SelfSignedCertificate.WriteAsync(CertificateFile, KeyFile, ["um.example.test"], TimeProvider.System));
    }
}
