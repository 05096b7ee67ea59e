using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Who is believed to be whom over TLS.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("example.test", "URI:sip:example.test", true)]
    [InlineData("EXAMPLE.test", "URI:sip:example.test", true)]
    [InlineData("example.test", "URI:SIP:example.test", true)]
    [InlineData("example.test", "DNS:example.test", true)]
    [InlineData("example.test", "DNS:other.test,DNS:example.test", true)]
    [InlineData("example.test", "URI:sip:other.test,DNS:example.test", false)] // a sip URI leaves no room for DNS names
    [InlineData("example.test", "URI:sips:example.test", false)]
    [InlineData("example.test", "URI:sip:bob@example.test", false)] // a person, not a domain
    [InlineData("example.test", "URI:https://example.test/,DNS:example.test", true)]
    [InlineData("pbx.example.test", "DNS:*.example.test", false)]
    [InlineData("pbx.example.test", "DNS:example.test", false)]
    [InlineData("example.test", "", true)] // no alternative name: the common name
    [InlineData("other.test", "", false)]
    [InlineData("example.test", "IP:192.0.2.1", false)] // there are alternative names, so the common name says nothing
    [InlineData("192.0.2.1", "IP:192.0.2.1", true)]
    [InlineData("192.0.2.1", "DNS:192.0.2.1", false)]
    [InlineData("2001:db8::1", "IP:2001:db8::1", true)]
    public void A_certificate_speaks_for_the_domains_that_it_names(string host, string names, bool expected)
    {
        using var certificate = _certificates.Leaf(names.Length == 0 ? null : builder =>
        {
            foreach (var name in names.Split(','))
            {
                var value = name[(name.IndexOf(':') + 1)..];
                switch (name.Split(':')[0])
                {
                    case "URI": builder.AddUri(new Uri(value, UriKind.RelativeOrAbsolute)); break;
                    case "DNS": builder.AddDnsName(value); break;
                    default: builder.AddIpAddress(IPAddress.Parse(value)); break;
                }
            }
        }, commonName: "example.test");
        Assert.Equal(expected, DomainCertificates.SpeaksFor(certificate, host));
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_gets_nothing()
    {
        using var others = new TestCertificates();
        await using var peers = await Peers.StartAsync(SipTransportKind.Tls, client: o => o with { Tls = o.Tls with { ServerAuthorities = [others.Authority] } });
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        Assert.True(result.Response is { IsLocal: true, Status: 503 });
        Assert.False(peers.Application.Calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData("pbx.example.test", 200)]
    [InlineData("other.test", 503)]
    public async Task A_server_must_be_named_as_the_domain_that_was_asked_for(string asked, int status)
    {
        using var leaf = _certificates.Leaf(names => names.AddDnsName("pbx.example.test"));
        var tls = _certificates.Tls() with { Certificate = _certificates.Source(leaf) };
        SipTarget target = default;
        await using var peers = await Peers.StartAsync(SipTransportKind.Tls,
            server: o => o with { Tls = tls },
            client: o => o with { Tls = _certificates.Tls(), Resolver = new FixedTargets(uri => [target with { Name = uri.Host }]) });
        target = new SipTarget(SipTransportKind.Tls, peers.ServerEndPoint);
        var options = peers.Client.CreateRequest("OPTIONS", SipUri.Parse($"sips:{asked}"), Peers.Alice);
        Assert.Equal(status, (await peers.Client.SendAsync(options).Soon()).Status);
    }

    [Theory]
    [InlineData(ClientCertificates.None, false, true)]
    [InlineData(ClientCertificates.Asked, false, true)]
    [InlineData(ClientCertificates.Asked, true, true)]
    [InlineData(ClientCertificates.Required, false, false)]
    [InlineData(ClientCertificates.Required, true, true)]
    public async Task Clients_show_a_certificate_where_they_must(ClientCertificates wanted, bool shown, bool served)
    {
        foreach (var kind in new[] { SipTransportKind.Tls, SipTransportKind.Wss })
        {
            var client = _certificates.Tls();
            await using var peers = await Peers.StartAsync(kind,
                server: o => o with { Tls = _certificates.Tls() with { ClientCertificates = wanted } },
                client: o => o with
                {
                    Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))],
                    Tls = shown ? client : client with { Certificate = null },
                });
            var options = peers.Client.CreateRequest("OPTIONS", peers.Uri(), Peers.Alice);
            Assert.Equal(served ? 200 : 503, (await peers.Client.SendAsync(options).Soon()).Status);
        }
    }

    [Fact]
    public async Task A_client_certificate_of_somebody_elses_is_refused_even_when_none_is_required()
    {
        using var others = new TestCertificates();
        await using var peers = await Peers.StartAsync(SipTransportKind.Tls,
            server: o => o with { Tls = o.Tls with { ClientCertificates = ClientCertificates.Asked } },
            client: o => o with { Tls = o.Tls with { Certificate = others.Tls().Certificate } });
        var options = peers.Client.CreateRequest("OPTIONS", peers.Uri(), Peers.Alice);
        Assert.Equal(503, (await peers.Client.SendAsync(options).Soon()).Status);
    }

    // RFC 5923 §8: the client has proved that it is 127.0.0.1 and asked for it with "alias".
    [Theory]
    [InlineData(ClientCertificates.Asked, true)]
    [InlineData(ClientCertificates.None, false)]
    public async Task Requests_to_a_client_use_its_connection_only_when_it_has_proved_its_name(ClientCertificates wanted, bool reused)
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tls, server: o => o with { Tls = o.Tls with { ClientCertificates = wanted } });
        var (incoming, _) = await peers.ConnectAsync();
        var target = SipUri.Parse($"sip:alice@{peers.Client.Bound[0].EndPoint};transport=tls");
        var order = peers.Order() with { Target = target };
        var calling = peers.Server.CallAsync(order, default);
        var back = await peers.Phone.Calls.Reader.Next();
        Assert.Equal(reused, back.RemoteEndPoint.Equals(peers.ServerEndPoint));
        await back.RejectAsync(486);
        await calling.Soon();
        Assert.True(incoming.IsUp);
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_ends_the_connection()
    {
        var time = new FakeTimeProvider();
        await using var server = new SipEndpoint(Peers.Options(SipTransportKind.Tls) with { Tls = _certificates.Tls() }, new TestApplication(), NullLoggerFactory.Instance, time);
        await server.StartAsync(default);
        using var silent = await StreamPeer.ConnectAsync(server.Bound[0].EndPoint);
        var closed = silent.ClosedAsync();
        // The server may not have accepted it yet: then its clock starts later.
        while (!closed.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(11));
            await Task.WhenAny(closed, Task.Delay(20));
        }
        await closed;
    }

    [Fact]
    public async Task Old_versions_of_TLS_are_refused()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tls);
        using var client = new TcpClient();
        await client.ConnectAsync(peers.ServerEndPoint);
        await using var stream = new SslStream(client.GetStream());
#pragma warning disable SYSLIB0039, CA5397 // The old version is what is tried.
        var old = new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls11 };
#pragma warning restore SYSLIB0039, CA5397
        await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync(old).Soon());
    }
}

/// <summary>A resolver that gives what the test says.</summary>
internal sealed class FixedTargets(Func<SipUri, IReadOnlyList<SipTarget>> targets) : ISipResolver
{
    public ValueTask<IReadOnlyList<SipTarget>> ResolveAsync(SipUri uri, CancellationToken cancellationToken) => new(targets(uri));
}
