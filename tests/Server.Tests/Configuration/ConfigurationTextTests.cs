using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Tests.Configuration;

public sealed class ConfigurationTextTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    // Keys are a contract with everyone who has a configuration file: one may be added, none changed or taken away.
    private const string Keys = """
        hostname: text = localhost
        domains: list of text = []
        data: text = ./data
        dialplans: text = ./dialplans
        database.engine: sqlite or postgresql = sqlite
        database.connection: text = ""
        database.maxOutage: duration = 15s
        database.blobs: text = ""
        store.deletedItemRetention: duration = 14d
        store.encryption.keys: text = ""
        store.encryption.variable: text = ""
        listen.sip: list of SIP address = ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060"]
        listen.rtp.address: IP address = 127.0.0.1
        listen.rtp.ports: port range = 20000-29999
        listen.rtp.receiver: auto, epoll or sockets = auto
        listen.smtp: list of address and port = ["127.0.0.1:25"]
        listen.submission: list of address and port = ["127.0.0.1:587"]
        listen.submissions: list of address and port = ["127.0.0.1:465"]
        listen.lmtp: list of address and port = []
        listen.imap: list of address and port = ["127.0.0.1:143"]
        listen.imaps: list of address and port = ["127.0.0.1:993"]
        listen.pop3: list of address and port = []
        listen.pop3s: list of address and port = []
        listen.http: list of address and port = ["127.0.0.1:8080"]
        tls.certificate: text = cert.pem
        tls.key: text = key.pem
        tls.plainLogins: loopback or never = loopback
        dns.servers: list of name server = []
        sip.advertise: text = ""
        sip.trustedPeers: list of address or network = []
        sip.identity.trust: list of text = []
        sip.identity.require: true or false = false
        sip.identity.countryCode: text = ""
        sip.identity.hosts: list of text = []
        sip.identity.privateAddresses: true or false = false
        sip.phones.realm: text = ""
        sip.phones.algorithms: list of md5 or sha256 = [sha256, md5]
        sip.phones.nonceLifetime: duration = 5m
        sip.phones.authenticate: list of invite or subscribe = []
        sip.phones.perPerson: number = 10
        sip.phones.minExpires: duration = 1m
        sip.phones.maxExpires: duration = 1h
        sip.registrations[0].name: text = ""
        sip.registrations[0].address: text = ""
        sip.registrations[0].servers: list of SIP URI = []
        sip.registrations[0].user: text = ""
        sip.registrations[0].passwordFile: text = ""
        sip.registrations[0].expires: duration = 1h
        sip.registrations[0].outboundProxy: text = ""
        sip.gateways: list of SIP URI = []
        sip.gatewayInterval: duration = 30s
        sip.session.timer: true or false = true
        sip.session.expires: duration = 30m
        sip.session.minExpires: duration = 90s
        sip.redirects: number = 5
        sip.keepAlive: duration = 30s
        sip.guard.exempt: list of address or network = [127.0.0.0/8, "::1/128"]
        sip.guard.callsPerSecond: number = 300
        sip.guard.dialogs: number = 5000
        sip.guard.scanners: list of text = [friendly-scanner, sipvicious, sipcli, sundayddr, sip-scan, pplsip, sivus]
        sip.guard.unknownNumbers: number = 30
        sip.guard.failedLogins: number = 30
        sip.guard.block: duration = 10m
        sip.guard.longestBlock: duration = 1d
        sip.guard.queueDelay: duration = 1s
        sip.trace.calls: number = 1000
        sip.trace.size: size = 32MiB
        sip.tls.clientCertificates: none, asked or required = none
        sip.tls.clientAuthorities: text = ""
        sip.tls.serverAuthorities: text = ""
        audio.country: text = any
        audio.promptLoudness: number = -23
        audio.levelMessages: true or false = false
        audio.messageLoudness: number = -19
        audio.messageFormat: wav, mp3 or ogg = wav
        media.codecs: list of opus, g722, pcmu, pcma or l16 = [opus, g722, pcmu, pcma, l16]
        media.codecOrder: caller or ours = caller
        media.srtp: off, bestEffort or required = bestEffort
        delivery.smartHost.host: text = ""
        delivery.smartHost.port: number = 587
        delivery.smartHost.tls: startTls, whenAvailable, implicit or none = startTls
        delivery.smartHost.user: text = ""
        delivery.smartHost.passwordFile: text = ""
        limits.messageSize: size = 50MiB
        limits.mailboxSize: size = 0
        limits.mailboxItems: number = 0
        limits.recipients: number = 1000
        limits.connections: number = 10000
        limits.connectionsPerAddress: number = 100
        limits.calls: number = 1000
        speech.engine: none, command or openai = none
        speech.command: text = ""
        speech.arguments: list of text = ["{input}"]
        speech.sampleRate: number = 16000
        speech.endpoint: text = ""
        speech.keyFile: text = ""
        speech.model: text = whisper-1
        speech.language: text = ""
        speech.maxWait: duration = 1m
        search.index: true or false = true
        search.pace: number = 50
        search.pdf: true or false = false
        search.office: true or false = false
        log.level: trace, debug, information, warning, error, critical or none = information
        log.format: text or json = text
        drain: duration = 30s
        """;

    [Fact]
    public void Keys_types_and_defaults_are_as_they_were() =>
        Assert.Equal(Keys.ReplaceLineEndings("\n"), string.Join('\n', ConfigurationText.Document().Select(option => $"{option.Key}: {option.Type} = {option.Default}")));

    [Fact]
    public void The_annotated_file_is_read_back_as_what_was_written()
    {
        var written = new ServerOptions { Hostname = "um.example.test", Domains = ["example.test"], Drain = TimeSpan.FromSeconds(5) };
        var text = ConfigurationText.Annotated(written);
        var read = ConfigurationFile.Parse(text, "/etc/um/unifiedmsg.yaml", NoEnvironment);

        Assert.Equal(written.Hostname, read.Hostname);
        Assert.Equal(written.Domains, read.Domains);
        Assert.Equal(written.Listen.Sip, read.Listen.Sip);
        Assert.Equal(written.Listen.Rtp, read.Listen.Rtp);
        Assert.Equal(written.Drain, read.Drain);
        Assert.Equal(written.Limits, read.Limits);
        Assert.Equal("/etc/um/data", read.Data);
    }

    // Somebody takes the comment sign away and gets what the documentation says.
    [Fact]
    public void Every_option_that_is_commented_out_is_valid_as_it_stands()
    {
        var text = ConfigurationText.Annotated(new ServerOptions { Domains = ["example.test"] });
        var keys = ConfigurationText.Document().Select(option => option.Key.Split('.')[^1]).ToHashSet();
        var lines = text.Split('\n').Select(line =>
        {
            var bare = line.TrimStart().TrimStart('#').TrimStart();
            var isOption = line.TrimStart().StartsWith("# ", StringComparison.Ordinal) && bare.Split(':') is [var key, ..] && keys.Contains(key);
            return isOption ? line.Replace("# ", "", StringComparison.Ordinal) : line;
        });
        var read = ConfigurationFile.Parse(string.Join('\n', lines), "/etc/um/unifiedmsg.yaml", NoEnvironment);
        Assert.Equal(new ServerOptions().Limits, read.Limits);
        Assert.Equal(new ServerOptions().Log, read.Log);
    }

    [Fact]
    public void No_line_of_the_annotated_file_is_wider_than_a_terminal() =>
        Assert.All(ConfigurationText.Annotated(new ServerOptions()).Split('\n'), line => Assert.InRange(line.Length, 0, 120));
}
