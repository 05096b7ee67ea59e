using System.Net;
using DnsClient;
using DnsClient.Protocol;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3263 §4 against a name server.</summary>
public sealed class ResolverTests : IAsyncDisposable
{
    private readonly FakeDns _dns = new();

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Theory]
    [InlineData("sip:bob@192.0.2.1", "udp 192.0.2.1:5060")]
    [InlineData("sip:bob@192.0.2.1:5070", "udp 192.0.2.1:5070")]
    [InlineData("sip:bob@[2001:db8::1]", "udp [2001:db8::1]:5060")]
    [InlineData("sip:bob@192.0.2.1;transport=tcp", "tcp 192.0.2.1:5060")]
    [InlineData("sip:bob@192.0.2.1;transport=TLS", "tls 192.0.2.1:5061")]
    [InlineData("sip:bob@192.0.2.1;transport=ws", "ws 192.0.2.1:80")]
    [InlineData("sips:bob@192.0.2.1", "tls 192.0.2.1:5061")]
    [InlineData("sips:bob@192.0.2.1;transport=tcp", "tls 192.0.2.1:5061")]
    [InlineData("sips:bob@192.0.2.1;transport=ws", "wss 192.0.2.1:443")]
    [InlineData("sips:bob@192.0.2.1;transport=udp", "")]
    [InlineData("sip:bob@192.0.2.1;transport=sctp", "")]
    [InlineData("tel:+491234", "")]
    public async Task An_address_needs_no_DNS(string uri, string expected)
    {
        Assert.Equal(expected, await ResolveAsync(uri));
        Assert.Empty(_dns.Asked);
    }

    // RFC 3261 §25.1: four decimal numbers; whatever else the system would take for an address is a name.
    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("[2001:db8::1]", true)]
    [InlineData("1234", false)]
    [InlineData("127.1", false)]
    [InlineData("0x7f.0.0.1", false)]
    [InlineData("0177.0.0.1", false)]
    [InlineData("192.0.2.256", false)]
    [InlineData("192.0.2.1.", false)]
    public void Only_four_numbers_are_an_address(string host, bool isAddress) =>
        Assert.Equal(isAddress, SipUri.Parse($"sip:bob@{host}").Address is not null);

    // RFC 3263 §4: maddr is where it goes, and the host is who is meant there.
    [Fact]
    public async Task Where_a_URI_says_maddr_it_goes_there()
    {
        _dns.Address("proxy.example.test", "192.0.2.3");
        Assert.Equal("udp 192.0.2.2:5070", await ResolveAsync("sip:bob@example.test:5070;maddr=192.0.2.2"));
        Assert.Equal("udp [2001:db8::1]:5060", await ResolveAsync("sip:bob@example.test;maddr=[2001:db8::1]"));
        Assert.Equal("tls 192.0.2.3:5061", await ResolveAsync("sips:bob@example.test;maddr=proxy.example.test"));
        Assert.Equal("example.test", Assert.Single(await Resolver().ResolveAsync(SipUri.Parse("sips:bob@example.test;maddr=proxy.example.test"), default)).Name);
    }

    // A name of 255 characters is none to the system, which says so by a fault.
    [Fact]
    public async Task A_name_that_nobody_can_ask_for_is_not_found()
    {
        var resolver = new DnsSipResolver(new SipOptions { Listen = [] });
        Assert.Empty(await resolver.ResolveAsync(SipUri.Parse($"sip:bob@{new string('a', 255)}:5060"), default));
    }

    [Fact]
    public async Task NAPTR_chooses_the_transport_SRV_the_server_A_the_address()
    {
        _dns.Pointer("example.test", 20, 10, "SIP+D2U", "_sip._udp.example.test")
            .Pointer("example.test", 10, 20, "SIP+D2T", "_sip._tcp.example.test")
            .Pointer("example.test", 10, 10, "SIPS+D2T", "_sips._tcp.elsewhere.test")
            .Pointer("example.test", 1, 1, "SIP+D2S", "_sip._sctp.example.test") // nobody here speaks SCTP
            .Pointer("example.test", 1, 1, "SIP+D2T", "host.example.test", flags: "a")
            .Service("_sips._tcp.elsewhere.test", 1, 0, 5061, "a.example.test")
            .Service("_sip._tcp.example.test", 1, 0, 5070, "b.example.test")
            .Service("_sip._udp.example.test", 2, 0, 5090, "a.example.test")
            .Service("_sip._udp.example.test", 1, 0, 5080, "b.example.test")
            .Address("a.example.test", "192.0.2.1").Address("b.example.test", "192.0.2.2").Address("b.example.test", "192.0.2.3");
        Assert.Equal(
            "tls 192.0.2.1:5061, tcp 192.0.2.2:5070, tcp 192.0.2.3:5070, udp 192.0.2.2:5080, udp 192.0.2.3:5080, udp 192.0.2.1:5090",
            await ResolveAsync("sip:bob@example.test"));
    }

    [Fact]
    public async Task The_name_to_be_proved_is_the_one_that_was_asked_for()
    {
        _dns.Pointer("example.test", 1, 1, "SIPS+D2T", "_sips._tcp.provider.test")
            .Service("_sips._tcp.provider.test", 1, 0, 5061, "edge.provider.test")
            .Address("edge.provider.test", "192.0.2.1");
        var target = Assert.Single(await Resolver().ResolveAsync(SipUri.Parse("sips:bob@example.test"), default));
        Assert.Equal("example.test", target.Name);
    }

    [Fact]
    public async Task A_sips_URI_goes_nowhere_without_TLS()
    {
        _dns.Pointer("example.test", 1, 1, "SIP+D2U", "_sip._udp.example.test")
            .Service("_sip._udp.example.test", 1, 0, 5060, "a.example.test")
            .Service("_sips._tcp.example.test", 1, 0, 5071, "a.example.test")
            .Address("a.example.test", "192.0.2.1");
        Assert.Equal("tls 192.0.2.1:5071", await ResolveAsync("sips:bob@example.test"));
    }

    [Fact]
    public async Task Without_NAPTR_each_transport_has_its_SRV_and_without_SRV_the_name_is_the_host()
    {
        _dns.Service("_sip._tcp.example.test", 1, 0, 5070, "a.example.test")
            .Service("_sips._tcp.example.test", 1, 0, 5071, "a.example.test")
            .Address("a.example.test", "192.0.2.1").Address("example.test", "192.0.2.9");
        Assert.Equal("tcp 192.0.2.1:5070, tls 192.0.2.1:5071", await ResolveAsync("sip:bob@example.test"));

        _dns.Address("bare.test", "192.0.2.5");
        Assert.Equal("udp 192.0.2.5:5060", await ResolveAsync("sip:bob@bare.test"));
        Assert.Equal("tls 192.0.2.5:5061", await ResolveAsync("sips:bob@bare.test"));
        Assert.Equal("", await ResolveAsync("sip:bob@nowhere.test"));
    }

    [Fact]
    public async Task A_transport_that_is_named_asks_no_NAPTR_and_a_port_asks_no_SRV()
    {
        _dns.Pointer("example.test", 1, 1, "SIP+D2U", "_sip._udp.example.test")
            .Service("_sip._tcp.example.test", 1, 0, 5070, "a.example.test")
            .Address("a.example.test", "192.0.2.1").Address("example.test", "192.0.2.9");
        Assert.Equal("tcp 192.0.2.1:5070", await ResolveAsync("sip:bob@example.test;transport=tcp"));
        Assert.DoesNotContain(_dns.Asked, asked => asked.StartsWith("NAPTR", StringComparison.Ordinal));
        _dns.Asked.Clear();
        Assert.Equal("udp 192.0.2.9:5066", await ResolveAsync("sip:bob@example.test:5066"));
        Assert.Equal("tls 192.0.2.9:5067", await ResolveAsync("sip:bob@example.test:5067;transport=tls"));
        Assert.All(_dns.Asked, asked => Assert.StartsWith("A", asked));
    }

    [Fact]
    public async Task The_target_dot_says_that_there_is_no_such_service()
    {
        _dns.Service("_sip._udp.example.test", 0, 0, 0, "").Address("example.test", "192.0.2.9");
        Assert.Equal("", await ResolveAsync("sip:bob@example.test;transport=udp"));
    }

    [Fact]
    public async Task Only_what_the_endpoint_can_use_is_found()
    {
        _dns.Pointer("example.test", 1, 1, "SIP+D2U", "_sip._udp.example.test")
            .Pointer("example.test", 2, 1, "SIP+D2T", "_sip._tcp.example.test")
            .Service("_sip._udp.example.test", 1, 0, 5060, "a.example.test").Service("_sip._tcp.example.test", 1, 0, 5060, "a.example.test")
            .Address("a.example.test", "192.0.2.1").Address("a.example.test", "2001:db8::1");
        Assert.Equal("tcp [2001:db8::1]:5060", await ResolveAsync("sip:bob@example.test", "tcp://[::1]:0"));
        Assert.Equal("udp 192.0.2.1:5060, udp [2001:db8::1]:5060, tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060",
            await ResolveAsync("sip:bob@example.test", "udp://127.0.0.1:0", "udp://[::1]:0"));
        Assert.Equal("udp [2001:db8::1]:5060, udp 192.0.2.1:5060, tcp [2001:db8::1]:5060, tcp 192.0.2.1:5060",
            await ResolveAsync("sip:bob@example.test", "udp://[::1]:0", "udp://127.0.0.1:0"));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut()
    {
        for (var i = 0; i < 40; i++)
            _dns.Service("_sip._udp.example.test", i, 0, 5060, $"h{i}.example.test").Address($"h{i}.example.test", $"192.0.2.{i + 1}");
        var targets = await Resolver().ResolveAsync(SipUri.Parse("sip:bob@example.test;transport=udp"), default);
        Assert.InRange(targets.Count, 1, 16);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), targets[0].EndPoint.Address);
    }

    [Fact]
    public async Task When_nobody_answers_nothing_is_found()
    {
        await _dns.StopAsync();
        Assert.Equal("", await ResolveAsync("sip:bob@example.test"));
    }

    // RFC 2782: among servers of one priority the weights are shares.
    [Fact]
    public void Servers_are_drawn_by_their_weights_and_priorities_come_first()
    {
        var random = new Random(1);
        var first = new Dictionary<string, int>();
        var records = new[] { Record(1, 10, "ten"), Record(1, 30, "thirty"), Record(1, 0, "zero"), Record(0, 0, "before") };
        for (var i = 0; i < 4000; i++)
        {
            var sorted = ServiceOrder.Sort(records, random);
            Assert.Equal(4, sorted.Distinct().Count());
            Assert.Equal("before.", sorted[0].Target.Value);
            first[sorted[1].Target.Value] = first.GetValueOrDefault(sorted[1].Target.Value) + 1;
        }
        Assert.InRange(first["thirty."], 2700, 3200);
        Assert.InRange(first["ten."], 800, 1200);
        Assert.InRange(first["zero."], 1, 250);
    }

    private static SrvRecord Record(ushort priority, ushort weight, string target) =>
        new(new ResourceRecordInfo("_sip._udp.example.test", ResourceRecordType.SRV, QueryClass.IN, 60, 0), priority, weight, 5060, DnsString.Parse(target));

    private DnsSipResolver Resolver(params string[] listen) => new(new SipOptions
    {
        Listen = [.. (listen.Length == 0 ? ["udp://127.0.0.1:0"] : listen).Select(text => SipListenPoint.TryParse(text, out var point) ? point : throw new FormatException(text))],
        NameServers = [_dns.EndPoint],
    });

    private async Task<string> ResolveAsync(string uri, params string[] listen)
    {
        var targets = await Resolver(listen).ResolveAsync(SipUri.Parse(uri), default).Soon();
        return string.Join(", ", targets.Select(target => $"{target.Transport.ToString().ToLowerInvariant()} {target.EndPoint}"));
    }
}
