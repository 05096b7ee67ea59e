using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>The SMTP and LMTP server: reception, submission, and the listeners of both.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly SmtpContext _context;
    private readonly ILoggerFactory _loggers;
    private readonly StreamListener _reception;
    private readonly StreamListener _submission;
    private readonly StreamListener _submissions;
    private readonly StreamListener _lmtp;

    /// <summary>Makes a server that does nothing until <see cref="StartAsync"/>.</summary>
    public SmtpServer(
        SmtpOptions options, Router router, IStore store, ISubmission submission, Bouncer bouncer, SaslServer sasl,
        ILoggerFactory loggers, TimeProvider time)
    {
        _context = new SmtpContext(options, router, store, submission, bouncer, sasl, time);
        _loggers = loggers;
        _reception = Listener("smtp", options.Reception, SmtpRole.Reception, implicitTls: false);
        _submission = Listener("submission", options.Submission, SmtpRole.Submission, implicitTls: false);
        _submissions = Listener("submissions", options.Submissions, SmtpRole.Submission, implicitTls: options.Submissions.Count > 0);
        _lmtp = Listener("lmtp", options.Lmtp, SmtpRole.Lmtp, implicitTls: false);
    }

    /// <summary>Where mail from other servers is received, with the actual ports.</summary>
    public IReadOnlyList<IPEndPoint> ReceptionEndPoints => _reception.EndPoints;

    /// <summary>Where our people submit, with STARTTLS.</summary>
    public IReadOnlyList<IPEndPoint> SubmissionEndPoints => _submission.EndPoints;

    /// <summary>Where our people submit, with TLS from the start.</summary>
    public IReadOnlyList<IPEndPoint> SubmissionsEndPoints => _submissions.EndPoints;

    /// <summary>Where LMTP is spoken.</summary>
    public IReadOnlyList<IPEndPoint> LmtpEndPoints => _lmtp.EndPoints;

    private StreamListener[] Listeners => [_reception, _submission, _submissions, _lmtp];

    /// <summary>Takes every endpoint, or none.</summary>
    /// <exception cref="ListenException">An endpoint can't be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            foreach (var listener in Listeners)
                await listener.StartAsync(cancellationToken);
        }
        catch (ListenException)
        {
            await StopAsync(TimeSpan.Zero);
            throw;
        }
    }

    /// <summary>Stops accepting; sessions are told 421 and end; what does not end within <paramref name="drain"/> is cut off.</summary>
    public Task StopAsync(TimeSpan drain) => Task.WhenAll(Listeners.Select(listener => listener.StopAsync(drain)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in Listeners)
            await listener.DisposeAsync();
    }

    private StreamListener Listener(string name, IReadOnlyList<IPEndPoint> endPoints, SmtpRole role, bool implicitTls)
    {
        var options = _context.Options;
        var logger = _loggers.CreateLogger<SmtpServer>();
        return new StreamListener(
            new StreamListenerOptions
            {
                Name = name,
                EndPoints = endPoints,
                Certificate = options.Certificate,
                ImplicitTls = implicitTls,
                MaxConnections = options.MaxConnections,
                MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
                Refusal = Encoding.ASCII.GetBytes($"421 {options.HostName} 4.7.0 Too many connections, try again later\r\n"),
            },
            (connection, stopping) => new SmtpSession(_context, role, connection, logger).RunAsync(stopping),
            logger, _context.Time);
    }
}
