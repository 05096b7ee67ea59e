namespace UnifiedMsg.Server.Configuration;

/// <summary>Everything that `unifiedmsg.yaml` can say. A property is a key (first letter small), a record a section.</summary>
public sealed record ServerOptions
{
    /// <summary>The server's own name.</summary>
    [Option("The name under which this server is known: in SMTP greetings, SIP and message ids. Should resolve to it.", Essential = true)]
    public string Hostname { get; init; } = "localhost";

    /// <summary>The mail domains.</summary>
    [Option("Mail domains that this server is the end of. At least one; every address of a user is in one of them.",
        Essential = true, Example = "[example.test]")]
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>The data folder.</summary>
    [Option("The data folder: database, large contents, recordings under way, the administration socket. One server at a time.",
        IsPath = true, Essential = true)]
    public string Data { get; init; } = "./data";

    /// <summary>The dial plans.</summary>
    [Option("The folder of the dial plans, *.yaml. Reloaded when a file changes and is valid; else the last good one stays.",
        IsPath = true, Essential = true)]
    public string Dialplans { get; init; } = "./dialplans";

    /// <summary>The database.</summary>
    [Option("Where mailboxes and accounts are kept.")]
    public DatabaseSection Database { get; init; } = new();

    /// <summary>The store.</summary>
    [Option("How messages are kept.")]
    public StoreSection Store { get; init; } = new();

    /// <summary>The listeners.</summary>
    [Option("Addresses and ports to listen on, as ADDRESS:PORT. Use 0.0.0.0 or [::] for every address, port 0 for any free port. An empty list switches a protocol off.", Essential = true)]
    public ListenSection Listen { get; init; } = new();

    /// <summary>TLS.</summary>
    [Option("The certificate for STARTTLS and the TLS ports. Reloaded when the files change.", Essential = true)]
    public TlsSection Tls { get; init; } = new();

    /// <summary>DNS.</summary>
    [Option("Name look-ups for outgoing mail and for SIP.")]
    public DnsSection Dns { get; init; } = new();

    /// <summary>SIP.</summary>
    [Option("How calls are taken.")]
    public SipSection Sip { get; init; } = new();

    /// <summary>Audio.</summary>
    [Option("What callers hear, and what their messages sound like.")]
    public AudioSection Audio { get; init; } = new();

    /// <summary>Media.</summary>
    [Option("How the sound of calls comes and goes.")]
    public MediaSection Media { get; init; } = new();

    /// <summary>Delivery.</summary>
    [Option("How mail leaves.")]
    public DeliverySection Delivery { get; init; } = new();

    /// <summary>Limits.</summary>
    [Option("Limits that keep one client from using up what all share.")]
    public LimitsSection Limits { get; init; } = new();

    /// <summary>Speech.</summary>
    [Option("Transcription of voice mail.")]
    public SpeechSection Speech { get; init; } = new();

    /// <summary>Search.</summary>
    [Option("How mail is searched.")]
    public SearchSection Search { get; init; } = new();

    /// <summary>Logging.</summary>
    [Option("What is logged, to standard error.")]
    public LogSection Log { get; init; } = new();

    /// <summary>The drain time.</summary>
    [Option("How long calls and connections may go on after SIGTERM before they are cut.", Maximum = "1h")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);
}
