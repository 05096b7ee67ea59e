using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>Tells senders what could not be delivered. RFC 5321 §6.1.</summary>
public sealed partial class Bouncer
{
    private const long MaxReportSize = 1024 * 1024;

    private readonly DeliveryOptions _options;
    private readonly IDatabase _database;
    private readonly IStore _store;
    private readonly ISubmission _submission;
    private readonly ILogger<Bouncer> _logger;
    private readonly TimeProvider _time;

    /// <summary>Reports through <paramref name="submission"/>.</summary>
    public Bouncer(
        DeliveryOptions options, IDatabase database, IStore store, ISubmission submission, ILogger<Bouncer> logger, TimeProvider time)
    {
        _options = options;
        _database = database;
        _store = store;
        _submission = submission;
        _logger = logger;
        _time = time;
    }

    /// <summary>Submits a report to <paramref name="sender"/>; there is none for the null sender, so that reports never chase reports.</summary>
    /// <param name="queueId">The name of the message.</param>
    /// <param name="sender">Its reverse-path.</param>
    /// <param name="header">Its header in raw octets.</param>
    /// <param name="arrived">When it was accepted.</param>
    /// <param name="failed">Whom it did not reach.</param>
    /// <param name="inSameUnit">What commits together with the report, also when there is none; or null.</param>
    /// <param name="cancellationToken">Ends it before the commit.</param>
    public async Task BounceAsync(
        string queueId, string sender, ReadOnlyMemory<byte> header, DateTimeOffset arrived, IReadOnlyList<FailedRecipient> failed,
        Func<IWriteSession, ValueTask>? inSameUnit, CancellationToken cancellationToken)
    {
        if (sender.Length > 0)
        {
            try
            {
                await SubmitAsync(new FailedDelivery(_options.HostName, queueId, sender, arrived, _time.GetUtcNow(), failed, header),
                    inSameUnit, cancellationToken);
                return;
            }
            catch (SubmissionException e) when (e.ReplyCode >= 500 || e.AccountId is not null)
            {
                Log.Undeliverable(_logger, queueId, sender, e.Message);
            }
        }
        else
            Log.NullSender(_logger, queueId, failed.Count);
        if (inSameUnit is not null)
            await _database.WriteAsync(async session => { await inSameUnit(session); return true; }, cancellationToken);
    }

    private async Task SubmitAsync(FailedDelivery delivery, Func<IWriteSession, ValueTask>? inSameUnit, CancellationToken cancellationToken)
    {
        using var report = DeliveryReport.Build(delivery);
        using var octets = new MemoryStream();
        var format = MimeKit.FormatOptions.Default.Clone();
        format.NewLineFormat = MimeKit.NewLineFormat.Dos;
        await report.WriteToAsync(format, octets, cancellationToken);
        octets.Position = 0;
        await using var content = await _store.StageAsync(octets, MaxReportSize, cancellationToken);
        var result = await _submission.SubmitAsync(
            new Submission("", [delivery.To], content, InSameUnit: inSameUnit), cancellationToken);
        Log.Reported(_logger, delivery.QueueId, delivery.To, result.QueueId);
    }

    private static partial class Log
    {
        [LoggerMessage(7010, LogLevel.Information, "{QueueId}: <{Sender}> is told of the failure by {Report}")]
        public static partial void Reported(ILogger logger, string queueId, string sender, string report);

        [LoggerMessage(7011, LogLevel.Warning, "{QueueId}: <{Sender}> can't be told of the failure: {Reason}")]
        public static partial void Undeliverable(ILogger logger, string queueId, string sender, string reason);

        [LoggerMessage(7012, LogLevel.Warning, "{QueueId}: {Count} recipients failed, and there is no sender to tell")]
        public static partial void NullSender(ILogger logger, string queueId, int count);
    }
}
