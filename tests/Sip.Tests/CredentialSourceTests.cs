using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UnifiedMsg.Sip.Identity;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Fetching from an address that a stranger named: what is got, and what is not even tried.</summary>
public sealed class CredentialSourceTests : IAsyncLifetime
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private X509Certificate2 _certificate = null!;
    private Task _serving = Task.CompletedTask;
    private string _answer = "";
    private int _requests;

    private string Host => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        _listener.Start();
        _serving = ServeAsync();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Stop();
        _certificate.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task What_is_there_is_fetched_with_its_age()
    {
        _answer = "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 3\r\n\r\nPEM";
        using var source = new HttpsCredentialSource(Options());
        var fetched = await source.FetchAsync(new Uri($"https://{Host}/a.pem"), default).Soon();
        Assert.Equal(("PEM", TimeSpan.FromMinutes(10)), (Encoding.ASCII.GetString(fetched.Content), fetched.MaxAge));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n")]
    [InlineData("nothing of the kind\r\n\r\n")]
    public async Task What_is_not_a_small_file_is_refused(string answer)
    {
        _answer = answer;
        using var source = new HttpsCredentialSource(Options());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => source.FetchAsync(new Uri($"https://{Host}/a.pem"), default).Soon());
    }

    [Fact]
    public async Task Private_addresses_plain_HTTP_and_other_hosts_are_not_asked()
    {
        using var open = new HttpsCredentialSource(Options() with { AllowPrivateAddresses = false });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => open.FetchAsync(new Uri($"https://{Host}/a.pem"), default).Soon());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => open.FetchAsync(new Uri($"http://{Host}/a.pem"), default).Soon());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => open.FetchAsync(new Uri("file:///etc/passwd"), default).Soon());
        using var listed = new HttpsCredentialSource(Options() with { Hosts = ["cert.example.test"] });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => listed.FetchAsync(new Uri($"https://{Host}/a.pem"), default).Soon());
        Assert.Equal(0, _requests);
    }

    [Theory]
    [InlineData("192.0.2.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("9.9.9.9", true)]
    [InlineData("::ffff:9.9.9.9", true)]
    [InlineData("2620:fe::fe", true)]
    public void Only_addresses_that_are_given_out_are_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_and_left_alone_for_a_while()
    {
        _answer = "";
        using var source = new HttpsCredentialSource(Options());
        var cache = new Sip.Identity.CredentialCache(source, Options() with { FetchTimeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System);
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => cache.GetAsync(new Uri($"https://{Host}/a.pem")))).Soon();
        Assert.All(results, r => Assert.Contains("0.2 s", r.Failure));
        Assert.Null((await cache.GetAsync(new Uri($"https://{Host}/a.pem")).Soon()).Credential);
        Assert.True(_requests <= 1);
    }

    private static IdentityOptions Options() => new()
    {
        Trust = [],
        AllowPrivateAddresses = true,
        ServerCheck = (_, _, _, _) => true,
    };

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await AnswerAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stopping.Token);
            var length = await tls.ReadAsync(new byte[4096], _stopping.Token);
            if (length > 0)
                Interlocked.Increment(ref _requests);
            await tls.WriteAsync(Encoding.ASCII.GetBytes(_answer), _stopping.Token);
            if (_answer.Length == 0)
                _ = await tls.ReadAsync(new byte[1], _stopping.Token);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone away, which is what some tests are about.
        }
    }
}
