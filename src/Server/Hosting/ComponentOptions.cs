using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Access.Imap;
using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Smtp;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Signals;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phones;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Tracing;
using UnifiedMsg.Speech;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Voicemail;

namespace UnifiedMsg.Server.Hosting;

/// <summary>What the configuration means to each component. Nothing else translates between the two.</summary>
internal static class ComponentOptions
{
    public static AccountsOptions Accounts(ServerOptions options) => new() { PhoneRealm = PhoneRealm(options) };

    /// <summary>The realm in which phones say their passwords.</summary>
    public static string PhoneRealm(ServerOptions options) => options.Sip.Phones.Realm.Length > 0 ? options.Sip.Phones.Realm : options.Domains[0];

    /// <summary>The keys of the encryption at rest; null without.</summary>
    /// <exception cref="StartException">They can't be read or are malformed.</exception>
    public static ContentKeys? StoreKeys(ServerOptions options)
    {
        var section = options.Store.Encryption;
        try
        {
            return section.Keys.Length > 0 ? ContentKeys.ReadFile(section.Keys) : section.Variable.Length > 0 ? ContentKeys.ReadVariable(section.Variable) : null;
        }
        catch (ContentKeyException exception)
        {
            throw new StartException($"store.encryption.{(section.Keys.Length > 0 ? "keys" : "variable")}: {exception.Message}", exception);
        }
    }

    public static DeliveryOptions Delivery(ServerOptions options) => new()
    {
        HostName = options.Hostname,
        Domains = [.. options.Domains],
    };

    public static StoreOptions Store(ServerOptions options, string blobFolder) => new()
    {
        BlobFolder = blobFolder,
        DeletedItemRetention = options.Store.DeletedItemRetention,
        MailboxSize = options.Limits.MailboxSize.Octets is > 0 and var octets ? octets : QuotaLimits.None,
        MailboxItems = options.Limits.MailboxItems > 0 ? options.Limits.MailboxItems : QuotaLimits.None,
    };

    public static SmtpOptions Smtp(ServerOptions options, CertificateSource? certificate) => new()
    {
        HostName = options.Hostname,
        Reception = options.Listen.Smtp,
        Submission = options.Listen.Submission,
        Submissions = options.Listen.Submissions,
        Lmtp = options.Listen.Lmtp,
        Certificate = certificate,
        AllowPlainAuthOnLoopback = options.Tls.PlainLogins == PlainLogins.Loopback,
        MaxMessageSize = options.Limits.MessageSize.Octets,
        MaxRecipients = options.Limits.Recipients,
        MaxConnections = options.Limits.Connections,
        MaxConnectionsPerAddress = options.Limits.ConnectionsPerAddress,
    };

    public static ImapOptions Imap(ServerOptions options, CertificateSource? certificate) => new()
    {
        EndPoints = options.Listen.Imap,
        TlsEndPoints = options.Listen.Imaps,
        Certificate = certificate,
        AllowPlainLoginOnLoopback = options.Tls.PlainLogins == PlainLogins.Loopback,
        MaxMessageSize = options.Limits.MessageSize.Octets,
        MaxConnections = options.Limits.Connections,
        MaxConnectionsPerAddress = options.Limits.ConnectionsPerAddress,
    };

    public static SearchOptions Search(ServerOptions options, string file) => new()
    {
        File = file,
        Pace = options.Search.Pace,
        Pdf = options.Search.Pdf,
        Office = options.Search.Office,
        WorkFolder = DataFolder.WorkFolderOf(options),
    };

    public static SipOptions Sip(ServerOptions options, SipTlsOptions tls, DataFolder data)
    {
        var phones = new PhoneDirectory(data.Accounts, PhoneRealm(options));
        var section = options.Sip.Phones;
        return Sip(options, tls) with
        {
            Authentication = new SipAuthentication
            {
                Realm = PhoneRealm(options),
                Credentials = phones,
                Methods = [SipMethods.Register, .. section.Authenticate.Select(each => each.ToString().ToUpperInvariant())],
                Algorithms = section.Algorithms,
                NonceLifetime = section.NonceLifetime,
            },
            Registrar = new RegistrarOptions
            {
                Policy = phones,
                Locations = data.Phones,
                MinExpires = section.MinExpires,
                MaxExpires = section.MaxExpires,
                MaxBindings = section.PerPerson,
            },
        };
    }

    private static SipOptions Sip(ServerOptions options, SipTlsOptions tls) => new()
    {
        Listen = [.. options.Listen.Sip.Select(each => new SipListenPoint((SipTransportKind)each.Carrier, each.EndPoint))],
        NameServers = [.. options.Dns.Servers.Select(server => server.EndPoint)],
        Tls = tls,
        AdvertisedHost = options.Sip.Advertise.Length == 0 ? null : options.Sip.Advertise,
        TrustedPeers = options.Sip.TrustedPeers,
        Identity = CallerIdentityOptions.Of(options.Sip.Identity),
        MaxCalls = options.Limits.Calls,
        Session = new SipSessionOptions
        {
            Interval = options.Sip.Session.Timer ? options.Sip.Session.Expires : TimeSpan.Zero,
            Minimum = options.Sip.Session.MinExpires,
        },
        MaxRedirects = options.Sip.Redirects,
        KeepAlive = new SipKeepAliveOptions { DatagramInterval = options.Sip.KeepAlive },
        Guard = SipGuard(options.Sip.Guard),
        Trace = new TraceOptions { Calls = options.Sip.Trace.Calls, Octets = (int)options.Sip.Trace.Size.Octets },
    };

    private static GuardOptions SipGuard(SipGuardSection section)
    {
        var guard = new GuardOptions();
        return guard with
        {
            Exempt = section.Exempt,
            Invites = guard.Invites with { PerSecond = section.CallsPerSecond, Burst = 10 * section.CallsPerSecond },
            MaxDialogs = section.Dialogs,
            Scanners = section.Scanners,
            MaxUnknownNumbers = section.UnknownNumbers,
            MaxFailedLogins = section.FailedLogins,
            Block = section.Block,
            MaxBlock = section.LongestBlock,
            MaxQueueDelay = section.QueueDelay,
        };
    }

    /// <exception cref="StartException">A file with certificates can't be used.</exception>
    public static SipTlsOptions SipTls(ServerOptions options, CertificateSource? certificate) => new()
    {
        Certificate = certificate,
        ClientCertificates = (ClientCertificates)options.Sip.Tls.ClientCertificates,
        ClientAuthorities = Authorities("sip.tls.clientAuthorities", options.Sip.Tls.ClientAuthorities),
        ServerAuthorities = Authorities("sip.tls.serverAuthorities", options.Sip.Tls.ServerAuthorities),
    };

    private static X509Certificate2Collection? Authorities(string key, string file)
    {
        try
        {
            return file.Length == 0 ? null : CertificateAuthorities.Read(file);
        }
        catch (CertificateException exception)
        {
            throw new StartException($"{key}: {exception.Message}", exception);
        }
    }

    public static VoicemailOptions Voicemail(ServerOptions options, DataFolder data) => new()
    {
        // Replies and delivery reports for it end in the first domain, which is ours for certain.
        ServiceAddress = $"voicemail@{options.Domains[0]}",
        DialPlans = options.Dialplans,
        Spool = data.SpoolFolder,
        Node = data.Node,
        RtpAddress = options.Listen.Rtp.Address,
        RtpReceiving = options.Listen.Rtp.Receiver,
        RtpPorts = options.Listen.Rtp.Ports.IsAny ? null : (options.Listen.Rtp.Ports.First, options.Listen.Rtp.Ports.Last),
        AdvertisedAddress = options.Sip.Advertise.Length == 0 ? null : IPAddress.Parse(options.Sip.Advertise),
        Codecs = CallCodecs.Of(options.Media),
        Srtp = options.Media.Srtp,
        TranscriptMaxWait = options.Speech.MaxWait,
        Audio = Audio(options.Audio),
        WorkFolder = DataFolder.WorkFolderOf(options),
    };

    private static AudioOptions Audio(AudioSection section) => new()
    {
        Tones = CountryTones.TryFind(section.Country, out var tones) ? tones : CountryTones.Default,
        Prompts = new LevellingTarget(section.PromptLoudness),
        Messages = section.LevelMessages ? new LevellingTarget(section.MessageLoudness) : null,
        Format = (AudioFileKind)section.MessageFormat,
    };

    /// <summary>The speech engine, or null for none.</summary>
    /// <exception cref="StartException">The file with the API key can't be read.</exception>
    public static Transcriber? Speech(ServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var section = options.Speech;
        try
        {
            return SpeechToTextFactory.Create(
                new SpeechOptions
                {
                    Engine = section.Engine switch
                    {
                        SpeechEngine.Command => SpeechEngineKind.Command,
                        SpeechEngine.Openai => SpeechEngineKind.OpenAi,
                        _ => SpeechEngineKind.None,
                    },
                    Command = section.Command,
                    Arguments = section.Arguments,
                    SampleRate = section.SampleRate,
                    Endpoint = section.Endpoint.Length == 0 ? null : new Uri(section.Endpoint),
                    KeyFile = section.KeyFile,
                    Model = section.Model,
                    Language = section.Language,
                    MaxWait = section.MaxWait,
                    WorkFolder = DataFolder.WorkFolderOf(options),
                },
                WavFile.ForRecogniser, time, loggers.CreateLogger<Transcriber>());
        }
        catch (IOException exception)
        {
            throw new StartException($"speech.keyFile: {section.KeyFile} can't be read: {exception.Message}", exception);
        }
    }

    /// <exception cref="StartException">The file with the relay's password can't be read.</exception>
    public static async Task<QueueOptions> QueueAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        var relay = options.Delivery.SmartHost;
        var password = relay.User.Length == 0
            ? null
            : await ReadSecretAsync("delivery.smartHost.passwordFile", relay.PasswordFile, cancellationToken);
        return new QueueOptions
        {
            SmartHost = relay.Host.Length == 0
                ? null
                : new SmartHost(relay.Host, relay.Port, relay.Tls, password is null ? null : relay.User, password),
            NameServers = [.. options.Dns.Servers.Select(server => server.EndPoint)],
        };
    }

    /// <exception cref="StartException">A file with a password can't be read.</exception>
    public static async Task<IReadOnlyList<RegistrationOrder>> RegistrationsAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        var orders = new List<RegistrationOrder>();
        foreach (var section in options.Sip.Registrations)
        {
            var address = SipUri.Parse(section.Address);
            var password = section.PasswordFile.Length == 0
                ? null
                : await ReadSecretAsync($"sip.registrations[{orders.Count}].passwordFile", section.PasswordFile, cancellationToken);
            orders.Add(new RegistrationOrder
            {
                Name = section.Name.Length > 0 ? section.Name : section.Address,
                AddressOfRecord = address,
                Servers = section.Servers.Count > 0 ? section.Servers : [SipUri.Create(null, address.Host, address.Port)],
                Credentials = password is null ? null : new SipCredentials(section.User.Length > 0 ? section.User : address.User!, password),
                Expires = section.Expires,
                OutboundProxy = section.OutboundProxy.Length > 0 ? SipUri.Parse(section.OutboundProxy) : null,
            });
        }
        return orders;
    }

    private static async Task<string> ReadSecretAsync(string key, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(path);
            return await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } line
                ? line
                : throw new StartException($"{key}: {path} is empty; its first line has to be the secret");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{key}: {path} can't be read: {exception.Message}", exception);
        }
    }
}
