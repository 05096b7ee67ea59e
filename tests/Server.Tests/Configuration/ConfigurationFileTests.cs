using System.Net;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public void Values_of_every_kind_are_read()
    {
        var options = Parse("""
            hostname: um.example.test
            domains: [example.test, "other.test"]
            data: ./mail
            listen:
              sip: ["udp://127.0.0.1:0", "tcp://[::1]"]
              rtp: { address: "::1", ports: 30000-30009 }
              imap: ["[::1]:143"]
              smtp: []
            limits: { messageSize: 1GiB }
            speech: { engine: command, command: whisper-cli, maxWait: 2m }
            dns: { servers: [192.0.2.1, "192.0.2.2:5353"] }
            drain: 500ms
            """);

        Assert.Equal(["example.test", "other.test"], options.Domains);
        Assert.Equal("/etc/um/mail", options.Data);
        Assert.Equal("/etc/um/cert.pem", options.Tls.Certificate);
        Assert.Equal([new SipListen(SipCarrier.Udp, IPEndPoint.Parse("127.0.0.1:0")), new SipListen(SipCarrier.Tcp, IPEndPoint.Parse("[::1]:5060"))], options.Listen.Sip);
        Assert.Equal(IPAddress.IPv6Loopback, options.Listen.Rtp.Address);
        Assert.Equal(new PortRange(30000, 30009), options.Listen.Rtp.Ports);
        Assert.Equal([IPEndPoint.Parse("[::1]:143")], options.Listen.Imap);
        Assert.Empty(options.Listen.Smtp);
        Assert.Equal(1L << 30, options.Limits.MessageSize.Octets);
        Assert.Equal(SpeechEngine.Command, options.Speech.Engine);
        Assert.Equal(TimeSpan.FromMinutes(2), options.Speech.MaxWait);
        Assert.Equal(["192.0.2.1:53", "192.0.2.2:5353"], options.Dns.Servers.Select(server => server.ToString()));
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.Drain);
    }

    [Fact]
    public void Sections_in_a_list_are_read()
    {
        var registrations = Parse("""
            domains: [example.test]
            sip:
              registrations:
                - { address: "sip:4930123@provider.example", passwordFile: provider.password }
                - name: second
                  address: "sip:a@b.example"
                  servers: ["sip:b1.example;transport=tcp"]
                  expires: 10m
            """).Sip.Registrations;
        Assert.Equal(["/etc/um/provider.password", ""], registrations.Select(each => each.PasswordFile));
        Assert.Equal(["sip:b1.example;transport=tcp"], registrations[1].Servers.Select(each => each.ToString()));
        Assert.Equal(TimeSpan.FromMinutes(10), registrations[1].Expires);
    }

    [Theory]
    [InlineData("sip: { registrations: 5 }", "2:23: sip.registrations: is a list; write [] for none, or items, each a section with keys out of name, address")]
    [InlineData("sip: { registrations: [5] }", "2:24: sip.registrations[0]: can't be a single value; write a section with keys out of name")]
    [InlineData("sip: { registrations: [{ name: x }] }", "2:24: sip.registrations[0]: has no address; write the one that is to be registered")]
    [InlineData("sip: { registrations: [{ adress: x }] }", "2:26: sip.registrations[0].adress: no such option; did you mean address?")]
    [InlineData("sip: { registrations: [{ address: provider.example }] }", "2:35: sip.registrations[0].address: \"provider.example\" can't be; write a SIP address")]
    [InlineData("sip: { registrations: [{ address: \"sip:a@b\", user: a }] }", "sip.registrations[0].user: needs passwordFile")]
    [InlineData("sip: { registrations: [{ address: \"sip:a@b\", outboundProxy: proxy }] }", "outboundProxy: \"proxy\" can't be; write a SIP URI")]
    [InlineData("sip: { registrations: [{ address: \"sip:a@b\", servers: [b] }] }", "sip.registrations[0].servers[0]: \"b\" can't be; write a SIP URI")]
    [InlineData("sip: { registrations: [{ address: \"sip:a@b\" }, { address: \"sip:a@b\" }] }", "sip.registrations[1]: has the name of an earlier one")]
    [InlineData("sip: { phones: { minExpires: 30m, maxExpires: 10m } }", "sip.phones.minExpires: is longer than sip.phones.maxExpires (10m)")]
    [InlineData("sip: { session: { expires: 2m, minExpires: 3m } }", "sip.session.minExpires: is longer than sip.session.expires (2m)")]
    [InlineData("sip: { session: { minExpires: 89s } }", "sip.session.minExpires: ")]
    [InlineData("sip: { phones: { authenticate: [bye] } }", "sip.phones.authenticate[0]: \"bye\" can't be; write invite or subscribe")]
    [InlineData("hostnam: a", "2:1: hostnam: no such option; did you mean hostname?")]
    [InlineData("imap: []", "2:1: imap: no such option; did you mean listen.imap?")]
    [InlineData("listen: { impa: [] }", "2:11: listen.impa: no such option; did you mean imap?")]
    [InlineData("database: { colour: 3 }", "2:13: database.colour: no such option; known here: engine")]
    [InlineData("listen: 5", "2:9: listen: is a section; write keys below it: sip, rtp")]
    [InlineData("listen: { imap: \"127.0.0.1:143\" }", "2:17: listen.imap: is a list; write [\"127.0.0.1:143\"]")]
    [InlineData("listen: { imap: }", "listen.imap: is a list; write [] for none, or items, each an IP address and a port")]
    [InlineData("listen: { imap: [localhost:143] }", "2:18: listen.imap[0]: \"localhost:143\" can't be; write an IP address and a port")]
    [InlineData("listen: { imap: [[1]] }", "listen.imap[0]: is a single value")]
    [InlineData("listen: { imap: [\"127.0.0.1:65536\"] }", "listen.imap[0]: \"127.0.0.1:65536\" can't be")]
    [InlineData("listen: { sip: [\"127.0.0.1:5060\"] }", "listen.sip[0]: \"127.0.0.1:5060\" can't be; write a transport")]
    [InlineData("listen: { rtp: { ports: 30000-20000 } }", "listen.rtp.ports: \"30000-20000\" can't be; write a range of ports")]
    [InlineData("limits: { messageSize: 50MB }", "limits.messageSize: \"50MB\" can't be; write a size such as 64KiB, 50MiB or 1GiB, from 64KiB to 1GiB")]
    [InlineData("limits: { messageSize: 1KiB }", "limits.messageSize: \"1KiB\" can't be")]
    [InlineData("limits: { calls: -1 }", "limits.calls: \"-1\" can't be; write a whole number, from 1 to 100000")]
    [InlineData("drain: 30", "drain: \"30\" can't be; write a duration")]
    [InlineData("drain: ~", "drain: has no value")]
    [InlineData("speech: { engine: 1 }", "speech.engine: \"1\" can't be; write none, command or openai")]
    [InlineData("audio: { country: xx }", "audio.country: \"xx\" can't be; write one of any, at, au")]
    [InlineData("audio: { messageFormat: flac }", "audio.messageFormat: \"flac\" can't be; write wav, mp3 or ogg")]
    [InlineData("audio: { promptLoudness: 3 }", "audio.promptLoudness: \"3\" can't be")]
    [InlineData("speech: { engine: command }", "2:9: speech.command: is missing")]
    [InlineData("speech: { engine: openai }", "speech.endpoint: the engine `openai` needs a URL")]
    [InlineData("database: { engine: mysql }", "database.engine: \"mysql\" can't be; write sqlite or postgresql")]
    [InlineData("database: { engine: postgresql }", "database.connection: is empty; write how PostgreSQL is reached")]
    [InlineData("database: { engine: postgresql, connection: \"Host=db.example.test;Database=um\", blobs: /mnt/blobs }", null)]
    [InlineData("tls: { certificate: \"\" }", "listen.imaps: needs tls.certificate")]
    [InlineData("listen: { imap: [\"127.0.0.1:25\"] }", "listen.imap[0]: 127.0.0.1:25 is taken by listen.smtp[0]")]
    [InlineData("listen: { pop3: [\"127.0.0.1:110\"] }", "listen.pop3: this version has no POP3; write []")]
    [InlineData("listen: { sip: [\"tls://127.0.0.1\", \"wss://[::1]\"] }", null)]
    [InlineData("listen: { sip: [\"tls://127.0.0.1\"] }\ntls: { certificate: \"\" }", "listen.sip[0]: needs tls.certificate; name one, or take the item away")]
    [InlineData("sip: { tls: { clientCertificates: yes } }", "sip.tls.clientCertificates: \"yes\" can't be; write none, asked or required")]
    [InlineData("sip: { trustedPeers: [192.0.2.1/33] }", "sip.trustedPeers[0]: \"192.0.2.1/33\" can't be; write an IP address or a network")]
    [InlineData("sip: { trustedPeers: [192.0.2.1, 192.0.2.0/24, \"2001:db8::/32\"] }", null)]
    [InlineData("sip: { identity: { trust: [ca.pem], countryCode: \"49\" } }", null)]
    [InlineData("sip: { identity: { require: true } }", "sip.identity.require: needs sip.identity.trust beside it")]
    [InlineData("sip: { identity: { countryCode: \"+49\" } }", "sip.identity.countryCode: \"+49\" can't be; write its digits only")]
    [InlineData("domains: [a.test]", "2:1: domains: is there already, on line 1")]
    [InlineData("drain: &a 5s", null)]
    [InlineData("drain: *a", "2:8: is not valid YAML")]
    [InlineData("listen: [", "is not valid YAML")]
    [InlineData("hostname: \"a b\"", "2:11: hostname: \"a b\" is no host name")]
    public void What_is_wrong_is_said_with_its_place_and_what_to_write(string line, string? expected)
    {
        var text = $"domains: [example.test]\n{line}\n";
        if (expected is null)
            Parse(text);
        else
            Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Parse(text)).Message);
    }

    [Fact]
    public void All_errors_are_told_at_once_in_the_order_of_the_file()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Parse("hostnam: a\ndrain: soon\nlimits: { calls: none }\n"));
        Assert.Equal(["hostnam", "drain", "limits.calls"], exception.Errors.Select(error => error.Path));
        Assert.Equal([1L, 2, 3], exception.Errors.Select(error => error.Origin.Line));
    }

    [Fact]
    public void A_configuration_without_a_domain_is_refused() =>
        Assert.Contains("domains: is missing", Assert.Throws<ConfigurationException>(() => Parse("")).Message);

    [Fact]
    public void Text_that_is_no_set_of_keys_is_refused() =>
        Assert.Contains("1:1: is not a set of keys", Assert.Throws<ConfigurationException>(() => Parse("- a\n- b\n")).Message);

    [Fact]
    public void Deep_nesting_ends_before_the_stack_does() =>
        Assert.Contains("nested more than", Assert.Throws<ConfigurationException>(() => Parse("domains: " + new string('[', 20_000))).Message);

    [Fact]
    public async Task A_missing_file_is_told_with_the_way_out()
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(
            () => ConfigurationFile.LoadAsync("/nowhere/unifiedmsg.yaml", NoEnvironment, TestContext.Current.CancellationToken));
        Assert.Contains("/nowhere/unifiedmsg.yaml: no such file; `unifiedmsg init DIR` makes one", exception.Message);
    }

    private static ServerOptions Parse(string text) => ConfigurationFile.Parse(text, "/etc/um/unifiedmsg.yaml", NoEnvironment);
}
