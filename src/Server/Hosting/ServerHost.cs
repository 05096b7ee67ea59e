using Microsoft.Extensions.Logging;
using UnifiedMsg.Access.Imap;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Database;
using UnifiedMsg.Delivery;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Upstream;
using UnifiedMsg.Sip;
using UnifiedMsg.Speech;
using UnifiedMsg.Voicemail;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Server.Hosting;

/// <summary>
/// The whole product in one object: everything composed, all listeners up. `run`, `demo` and the tests use it. It starts as a
/// whole or not at all.
/// </summary>
public sealed partial class ServerHost : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    // Disposed from the top: what was made last goes first.
    private readonly Stack<object> _parts = new();
    private readonly List<Func<TimeSpan, Task>> _listeners = [];
    private Health? _health;
    private bool _stopped;

    private ServerHost(ServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, _loggers, _time) = (options, loggers, time);
        _logger = loggers.CreateLogger<ServerHost>();
    }

    /// <summary>The opened data folder: accounts, mailboxes, submission.</summary>
    public DataFolder Data { get; private set; } = null!;

    /// <summary>Administration of this server.</summary>
    public IAdministration Administration { get; private set; } = null!;

    /// <summary>The providers and gateways that calls come from.</summary>
    internal UpstreamTrunks Upstream { get; private set; } = null!;

    /// <summary>Where it listens.</summary>
    public BoundEndPoints EndPoints { get; private set; } = new();

    /// <summary>Starts a server.</summary>
    /// <exception cref="StartException">A port is busy, or something else that the configuration names can't be used.</exception>
    /// <exception cref="CertificateException">The certificate or its key can't be used.</exception>
    /// <exception cref="DialPlanException">The dial plan is not valid.</exception>
    /// <exception cref="Database.DatabaseException">The data folder is in use, newer than this program, or damaged.</exception>
    public static async Task<ServerHost> StartAsync(
        ServerOptions options, ILoggerFactory loggers, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var host = new ServerHost(options, loggers, time ?? TimeProvider.System);
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes nothing new, lets calls and connections end within the drain time of the options, and stops.</summary>
    public Task StopAsync() => StopAsync(_options.Drain);

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        // What can be wrong with the configuration comes first: a start that fails has changed nothing on the disk.
        var certificate = LoadCertificate();
        var queueOptions = await ComponentOptions.QueueAsync(_options, cancellationToken);
        var registrations = await ComponentOptions.RegistrationsAsync(_options, cancellationToken);
        var sipTls = ComponentOptions.SipTls(_options, certificate);
        var speech = ComponentOptions.Speech(_options, _loggers, _time);
        if (speech is not null)
            Own(speech);
        if (DialPlanReader.Read(_options.Dialplans).Problems is { Count: > 0 } problems)
            throw new DialPlanException(problems);
        PortCheck.Run(_options.Listen);
        Data = Own(await OpenDataAsync(cancellationToken));
        Data.StartSearch(_options);
        var sasl = new SaslServer(Data.Accounts, new SaslOptions(), _loggers, _time);
        var mail = Own(MailParts.Compose(_options, queueOptions with { Node = Data.Node }, Data, sasl, certificate, _loggers, _time));
        await StartMailAsync(mail, cancellationToken);
        await StartImapAsync(sasl, certificate, cancellationToken);
        var voicemail = await StartVoicemailAsync(mail.Submission, sipTls, speech, cancellationToken);
        Upstream = Own(new UpstreamTrunks(voicemail.Endpoint, registrations, _options));
        await StartHttpAsync(cancellationToken);
        var running = new RunningServer(voicemail.Endpoint, Upstream, Data.Phones, () => Data.Search, () => Data.ItemStore.Backfill, _time);
        Administration = Own(new LocalAdministration(Data, _options.Domains, ownsData: false, running));
        // Last, so that a command that reaches this server finds it complete.
        Own(new AdminSocket(Administration, _options.Data, _loggers.CreateLogger<AdminSocket>(), _time));
        _health!.Serving = true;
        Log.Started(_logger, _options.Hostname, (int)_time.GetElapsedTime(started).TotalMilliseconds);
    }

    // A command has the folder for a moment only; a server that has it answers.
    private async Task<DataFolder> OpenDataAsync(CancellationToken cancellationToken)
    {
        for (var started = _time.GetTimestamp(); ;)
        {
            try
            {
                return await DataFolder.OpenAsync(_options, _loggers, _time, cancellationToken);
            }
            catch (DatabaseInUseException) when (_time.GetElapsedTime(started) < AdministrationOpener.Patience)
            {
                await using var other = await RemoteAdministration.FindAsync(_options.Data, cancellationToken);
                if (other is not null)
                    throw;
                await Task.Delay(AdministrationOpener.Pause, _time, cancellationToken);
            }
        }
    }

    private CertificateSource? LoadCertificate() => _options.Tls.Certificate.Length == 0
        ? null
        : Own(new CertificateSource(_options.Tls.Certificate, _options.Tls.Key, _loggers.CreateLogger<CertificateSource>(), _time));

    private async Task StartMailAsync(MailParts mail, CancellationToken cancellationToken)
    {
        await mail.Queue.StartAsync(cancellationToken);
        await mail.Smtp.StartAsync(cancellationToken);
        _listeners.Add(mail.Smtp.StopAsync);
        EndPoints = EndPoints with
        {
            Smtp = mail.Smtp.ReceptionEndPoints,
            Submission = mail.Smtp.SubmissionEndPoints,
            Submissions = mail.Smtp.SubmissionsEndPoints,
            Lmtp = mail.Smtp.LmtpEndPoints,
        };
    }

    private async Task StartImapAsync(SaslServer sasl, CertificateSource? certificate, CancellationToken cancellationToken)
    {
        var imap = Own(new ImapServer(ComponentOptions.Imap(_options, certificate), Data.Store, Data.Accounts, sasl, _loggers, _time));
        await imap.StartAsync(cancellationToken);
        _listeners.Add(imap.StopAsync);
        EndPoints = EndPoints with { Imap = imap.EndPoints, Imaps = imap.TlsEndPoints };
    }

    private async Task<VoicemailService> StartVoicemailAsync(
        ISubmission submission, SipTlsOptions tls, Transcriber? speech, CancellationToken cancellationToken)
    {
        var services = new VoicemailServices
        {
            Database = Data.Database,
            Accounts = Data.Accounts,
            Store = Data.Store,
            Submission = submission,
            Speech = speech,
            Loggers = _loggers,
            Time = _time,
        };
        var voicemail = Own(new VoicemailService(ComponentOptions.Voicemail(_options, Data), ComponentOptions.Sip(_options, tls, Data), services));
        await voicemail.StartAsync(cancellationToken);
        _listeners.Add(voicemail.StopAsync);
        EndPoints = EndPoints with
        {
            Sip = [.. voicemail.Endpoint.Bound.Select(each => new SipListen((SipCarrier)each.Transport, each.EndPoint))],
        };
        return voicemail;
    }

    private async Task StartHttpAsync(CancellationToken cancellationToken)
    {
        _health = new Health(Data.Database, () => Data.Search);
        var metrics = Own(new MetricsPage());
        var http = Own(new HttpFront(
            _options.Listen.Http,
            new Dictionary<string, HttpAnswer>
            {
                ["/healthz"] = Health.AliveAsync,
                ["/readyz"] = _health.ReadyAsync,
                ["/metrics"] = metrics.WriteAsync,
            },
            _loggers));
        if (_options.Listen.Http.Count == 0)
            return;
        await http.StartAsync(cancellationToken);
        EndPoints = EndPoints with { Http = http.EndPoints };
    }

    private async Task StopAsync(TimeSpan drain)
    {
        if (_stopped)
            return;
        _stopped = true;
        if (_health is not null)
            _health.Serving = false;
        Log.Stopping(_logger, drain.TotalSeconds);
        await Task.WhenAll(_listeners.Select(stop => stop(drain)));
        while (_parts.TryPop(out var part))
        {
            if (part is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else
                ((IDisposable)part).Dispose();
        }
        Log.Stopped(_logger);
    }

    // Whatever was made is undone in reverse order, also when a later part could not be made.
    private T Own<T>(T part)
        where T : class
    {
        _parts.Push(part);
        return part;
    }

    private static partial class Log
    {
        [LoggerMessage(10000, LogLevel.Information, "{Hostname} is up after {Milliseconds} ms")]
        public static partial void Started(ILogger logger, string hostname, int milliseconds);

        [LoggerMessage(10001, LogLevel.Information, "stopping; calls and connections have {Seconds} s to end")]
        public static partial void Stopping(ILogger logger, double seconds);

        [LoggerMessage(10002, LogLevel.Information, "stopped")]
        public static partial void Stopped(ILogger logger);
    }
}
