using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>sipp as the registrar of a provider.</summary>
[Requires("sipp", package: "sip-tester")]
public sealed class SippRegistrarTests : ISipApplication, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-interop").FullName;

    [Fact]
    public async Task A_stale_nonce_is_replaced_and_the_password_said_again()
    {
        var port = FreePort.Next();
        await File.WriteAllTextAsync(Path.Combine(_folder, "scenario.xml"), new SippScenario()
            .ExpectRegister("").Answer(401, Challenge("first", stale: false))
            .ExpectRegister("nonce=.first.").Answer(401, Challenge("second", stale: true))
            .ExpectRegister("nonce=.second.").Answer(200, "Contact: <sip:4930123@127.0.0.1>;expires=300")
            .ToXml("registrar"));
        await using var sipp = ExternalProgram.Start(
            "sipp", _folder, "-sf", "scenario.xml", "-m", "1", "-i", "127.0.0.1", "-p", $"{port}", "-nostdin", "-trace_err", "-error_file", "errors.log");
        var registered = new TaskCompletionSource<RegistrationStatus>();
        var options = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] };
        await using var endpoint = new SipEndpoint(options, this, NullLoggerFactory.Instance);
        await endpoint.StartAsync(default);
        endpoint.Register(new RegistrationOrder
        {
            Name = "provider",
            AddressOfRecord = SipUri.Parse("sip:4930123@provider.example"),
            Servers = [SipUri.Create(null, "127.0.0.1", port)],
            Credentials = new SipCredentials("4930123", "secret"),
            BackOffBase = TimeSpan.FromMilliseconds(100),
            OnChange = status => registered.TrySetResult(status),
        });
        await sipp.EndAsync(Installation.Guard);
        var status = await registered.Task.WaitAsync(Installation.Guard);
        Assert.Equal(RegistrationState.Registered, status.State);
        Assert.InRange(status.Expires!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(5));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Challenge(string nonce, bool stale) =>
        $"WWW-Authenticate: Digest realm=\"provider.example\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-256{(stale ? ", stale=true" : "")}";
}
