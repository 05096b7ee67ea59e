using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>Calls over each transport that <c>listen.sip</c> can name, with the certificate of the configuration.</summary>
public sealed class SipTransportsTests
{
    [Theory]
    [InlineData(SipCarrier.Udp, "udp")]
    [InlineData(SipCarrier.Tcp, "tcp")]
    [InlineData(SipCarrier.Tls, "tls")]
    [InlineData(SipCarrier.Ws, "ws")]
    [InlineData(SipCarrier.Wss, "wss")]
    public async Task A_call_is_answered(SipCarrier carrier, string transport)
    {
        await using var server = await StartAsync(carrier);
        var bound = server.Host.EndPoints.Sip.Single();
        Assert.Equal(carrier, bound.Carrier);
        var report = await CallAsync(server, $"sip:1001@{bound.EndPoint};transport={transport}");
        Assert.True(report.Answered, $"{report.Status} {report.Reason}");
    }

    [Fact]
    public async Task A_changed_certificate_is_served_without_a_restart()
    {
        await using var server = await StartAsync(SipCarrier.Tls);
        var target = $"sips:1001@{server.Host.EndPoints.Sip[0].EndPoint}";
        var old = CertificateAuthorities.Read(server.Options.Tls.Certificate);
        foreach (var file in new[] { server.Options.Tls.Certificate, server.Options.Tls.Key })
            File.Delete(file);
        await SelfSignedCertificate.WriteAsync(server.Options.Tls.Certificate, server.Options.Tls.Key, ["127.0.0.1"], TimeProvider.System);
        // The files are looked at once a second at the most.
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await CallAsync(server, target)).Answered)
            await Task.Delay(100, guard.Token);
        Assert.False((await CallAsync(server, target, new SipTlsOptions { ServerAuthorities = old })).Answered);
    }

    [Fact]
    public async Task Where_a_certificate_is_required_nobody_calls_without_one()
    {
        await using var server = await StartAsync(SipCarrier.Tls, SipClientCertificates.Required);
        var target = $"sips:1001@{server.Host.EndPoints.Sip[0].EndPoint}";
        Assert.False((await CallAsync(server, target)).Answered);
        using var own = new CertificateSource(server.Options.Tls.Certificate, server.Options.Tls.Key, NullLogger.Instance);
        var tls = new SipTlsOptions { Certificate = own, ServerAuthorities = CertificateAuthorities.Read(server.Options.Tls.Certificate) };
        Assert.True((await CallAsync(server, target, tls)).Answered);
    }

    private static async Task<TestServer> StartAsync(SipCarrier carrier, SipClientCertificates certificates = SipClientCertificates.None)
    {
        var server = await TestServer.StartAsync(options => options with
        {
            Listen = options.Listen with { Sip = [new SipListen(carrier, new IPEndPoint(IPAddress.Loopback, 0))] },
            Sip = options.Sip with { Tls = new SipTlsSection { ClientCertificates = certificates, ClientAuthorities = options.Tls.Certificate } },
        });
        await server.AddUserAsync("alice", "1001");
        return server;
    }

    private static async Task<CallReport> CallAsync(TestServer server, string target, SipTlsOptions? tls = null)
    {
        var script = new CallScript
        {
            Target = SipUri.Parse(target),
            Most = TimeSpan.FromMilliseconds(100),
            Tls = tls ?? new SipTlsOptions { ServerAuthorities = CertificateAuthorities.Read(server.Options.Tls.Certificate) },
        };
        return await script.RunAsync(NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));
    }
}
