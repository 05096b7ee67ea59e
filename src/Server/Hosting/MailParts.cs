using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Delivery.Smtp;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>The ways of mail: submission, SMTP, the queue.</summary>
internal sealed class MailParts : IAsyncDisposable
{
    private MailParts(SubmissionService submission, SmtpServer smtp, QueueWorker queue) => (Submission, Smtp, Queue) = (submission, smtp, queue);

    /// <summary>The one road that messages take.</summary>
    public SubmissionService Submission { get; }

    /// <summary>SMTP and LMTP.</summary>
    public SmtpServer Smtp { get; }

    /// <summary>What works off the queue.</summary>
    public QueueWorker Queue { get; }

    /// <summary>Joins the parts; nothing listens or runs yet.</summary>
    public static MailParts Compose(
        ServerOptions options, QueueOptions queueOptions, DataFolder data, SaslServer sasl, CertificateSource? certificate,
        ILoggerFactory loggers, TimeProvider time)
    {
        var delivery = ComponentOptions.Delivery(options);
        var router = new Router(delivery, data.Accounts);
        var submission = new SubmissionService(router, data.Database, data.Store, data.QueueSignal, loggers.CreateLogger<SubmissionService>(), time);
        var bouncer = new Bouncer(delivery, data.Database, data.Store, submission, loggers.CreateLogger<Bouncer>(), time);
        var worker = new QueueWorker(
            delivery, queueOptions, data.Database, data.Store, bouncer, new DnsMailExchangers(queueOptions.NameServers), data.QueueSignal,
            loggers.CreateLogger<QueueWorker>(), time);
        var smtp = new SmtpServer(ComponentOptions.Smtp(options, certificate), router, data.Store, submission, bouncer, sasl, loggers, time);
        return new MailParts(submission, smtp, worker);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Smtp.DisposeAsync();
        await Queue.DisposeAsync();
    }
}
