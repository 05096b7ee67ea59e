using System.Net;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Addresses and ports to listen on.</summary>
public sealed record ListenSection
{
    /// <summary>SIP.</summary>
    [Option("Calls from the phone system, as udp://, tcp:// or tls:// and the address; ws:// and wss:// for phones in browsers (RFC 7118).", Essential = true)]
    public IReadOnlyList<SipListen> Sip { get; init; } =
    [
        new(SipCarrier.Udp, new IPEndPoint(IPAddress.Loopback, 5060)),
        new(SipCarrier.Tcp, new IPEndPoint(IPAddress.Loopback, 5060)),
    ];

    /// <summary>RTP.</summary>
    [Option("The audio of calls.", Essential = true)]
    public RtpSection Rtp { get; init; } = new();

    /// <summary>SMTP reception.</summary>
    [Option("Mail from other servers, for our own people only (RFC 5321).", Essential = true)]
    public IReadOnlyList<IPEndPoint> Smtp { get; init; } = [new(IPAddress.Loopback, 25)];

    /// <summary>Submission.</summary>
    [Option("Mail from our people's mail clients: log-in required, TLS by STARTTLS (RFC 6409).", Essential = true)]
    public IReadOnlyList<IPEndPoint> Submission { get; init; } = [new(IPAddress.Loopback, 587)];

    /// <summary>Submission inside TLS.</summary>
    [Option("The same, TLS from the first octet (RFC 8314).", Essential = true)]
    public IReadOnlyList<IPEndPoint> Submissions { get; init; } = [new(IPAddress.Loopback, 465)];

    /// <summary>LMTP.</summary>
    [Option("Mail from a mail relay of yours, with an answer for each recipient (RFC 2033).", Essential = true, Example = "[\"127.0.0.1:24\"]")]
    public IReadOnlyList<IPEndPoint> Lmtp { get; init; } = [];

    /// <summary>IMAP.</summary>
    [Option("Mail clients, TLS by STARTTLS (RFC 9051, RFC 3501).", Essential = true)]
    public IReadOnlyList<IPEndPoint> Imap { get; init; } = [new(IPAddress.Loopback, 143)];

    /// <summary>IMAP inside TLS.</summary>
    [Option("Mail clients, TLS from the first octet (RFC 8314).", Essential = true)]
    public IReadOnlyList<IPEndPoint> Imaps { get; init; } = [new(IPAddress.Loopback, 993)];

    /// <summary>POP3; no version has it yet, so only the empty list is accepted.</summary>
    [Option("Not in this version; the list has to be empty.")]
    public IReadOnlyList<IPEndPoint> Pop3 { get; init; } = [];

    /// <summary>POP3 inside TLS; no version has it yet, so only the empty list is accepted.</summary>
    [Option("Not in this version; the list has to be empty.")]
    public IReadOnlyList<IPEndPoint> Pop3s { get; init; } = [];

    /// <summary>HTTP.</summary>
    [Option("/healthz, /readyz and /metrics. Without log-in and TLS: keep it on loopback or on a management network.", Essential = true)]
    public IReadOnlyList<IPEndPoint> Http { get; init; } = [new(IPAddress.Loopback, 8080)];

    /// <summary>Every endpoint with its key.</summary>
    public IEnumerable<(string Key, bool IsDatagram, IPEndPoint EndPoint)> All()
    {
        (string Key, IReadOnlyList<IPEndPoint> EndPoints)[] streams =
        [
            ("smtp", Smtp), ("submission", Submission), ("submissions", Submissions), ("lmtp", Lmtp), ("imap", Imap), ("imaps", Imaps),
            ("http", Http),
        ];
        return Sip.Select((each, i) => ($"listen.sip[{i}]", each.Carrier == SipCarrier.Udp, each.EndPoint))
            .Concat(streams.SelectMany(list => list.EndPoints.Select((endPoint, i) => ($"listen.{list.Key}[{i}]", false, endPoint))));
    }
}

/// <summary>Where the audio of calls arrives.</summary>
public sealed record RtpSection
{
    /// <summary>The address.</summary>
    [Option("The local address for RTP; also what callers are told to send to, unless sip.advertise says otherwise.", Essential = true)]
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The ports.</summary>
    [Option("UDP ports, two for each call; 0 for any free port.", Essential = true)]
    public PortRange Ports { get; init; } = new(20000, 29999);

    /// <summary>How it is received.</summary>
    [Option("How RTP is received. auto: the best way of the system, which the log names. epoll: the way of Linux. sockets: the portable way, which takes more of the processor.")]
    public DatagramReceiving Receiver { get; init; } = DatagramReceiving.Auto;
}
