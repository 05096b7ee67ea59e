using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Delivery.Smtp.Intake;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>Works off the queue: claims what is due, tries to deliver it, and records what became of it in one unit.</summary>
/// <remarks>
/// A crash loses nothing: what was claimed is claimed anew. A message can reach a server twice only where SMTP itself leaves
/// that open (RFC 5321 §4.5.4.1): the server took it, and its reply or our record of it was lost.
/// </remarks>
public sealed partial class QueueWorker : IAsyncDisposable
{
    // Due times are looked at this often at least, so that a clock that was set back delays nothing for long.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(10);

    // A database that restarts is back within it.
    private static readonly TimeSpan BetweenRecords = TimeSpan.FromSeconds(2);

    private const int MaxHeaderRead = 32 * 1024;

    private readonly QueueOptions _options;
    private readonly IDatabase _database;
    private readonly IStore _store;
    private readonly QueueContent _content;
    private readonly Bouncer _bouncer;
    private readonly RemoteDelivery _remote;
    private readonly QueueSignal _signal;
    private readonly ILogger<QueueWorker> _logger;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Makes a worker that does nothing until <see cref="StartAsync"/>.</summary>
    public QueueWorker(
        DeliveryOptions delivery, QueueOptions options, IDatabase database, IStore store, Bouncer bouncer, IMailExchangers exchangers,
        QueueSignal signal, ILogger<QueueWorker> logger, TimeProvider time)
    {
        _options = options;
        _database = database;
        _store = store;
        _content = new QueueContent(database, store);
        _bouncer = bouncer;
        _remote = new RemoteDelivery(delivery, options, exchangers, logger);
        _signal = signal;
        _logger = logger;
        _time = time;
        _slots = new SemaphoreSlim(options.Concurrency);
    }

    /// <summary>Takes back what this node had under way when it died, and begins.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _database.WriteAsync(session => QueueTable.ReleaseAsync(session, _options.Node, _time.GetUtcNow()), cancellationToken);
        await _content.CollectAsync(cancellationToken);
        _loop = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
    }

    /// <summary>Breaks off what is under way, gives it back to the queue, and ends.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        // Every slot is back once the last attempt has given back its claim.
        for (var i = 0; i < _options.Concurrency; i++)
            await _slots.WaitAsync(CancellationToken.None);
        _slots.Release(_options.Concurrency);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _slots.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await _slots.WaitAsync(stopping);
                QueueClaim? claim = null;
                try
                {
                    claim = await NextAsync(stopping);
                }
                finally
                {
                    if (claim is null)
                        _slots.Release();
                }
                // Not awaited here: it gives its slot back when it is done, and StopAsync waits for all slots.
                if (claim is not null)
                    _ = AttemptAsync(claim, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // StopAsync goes on once every slot is back.
        }
    }

    private async Task<QueueClaim?> NextAsync(CancellationToken stopping)
    {
        try
        {
            var now = _time.GetUtcNow();
            var due = await _database.ReadAsync(QueueTable.NextDueAsync, stopping);
            if (due <= now)
            {
                return await _database.WriteAsync(session => QueueTable.ClaimAsync(
                    session, _options.Node, now, now + _options.ClaimTime, _options.MaxRecipientsPerTransaction), stopping);
            }
            var sleep = due is { } next && next - now < LongestSleep ? next - now : LongestSleep;
            await _signal.WaitAsync(sleep, _time, stopping);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The queue lives as long as the server: a fault is told, and tried again after a while.
            Log.QueueFault(_logger, e);
            await Task.Delay(_options.RetryAfter[0], _time, stopping);
            return null;
        }
    }

    private async Task AttemptAsync(QueueClaim claim, CancellationToken stopping)
    {
        try
        {
            await AttemptOrGiveBackAsync(claim, stopping);
        }
        catch (Exception e)
        {
            // Not even that could be recorded: the claim runs out by itself.
            Log.QueueFault(_logger, e);
        }
        finally
        {
            // What was put off may be due before what the queue waits for.
            _signal.Set();
            _slots.Release();
        }
    }

    private async Task AttemptOrGiveBackAsync(QueueClaim claim, CancellationToken stopping)
    {
        IReadOnlyList<AttemptOutcome> outcomes;
        ReadOnlyMemory<byte> header = default;
        try
        {
            using var limit = new CancellationTokenSource(_options.TransactionTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
            (outcomes, header) = await AttemptWithinAsync(claim, either.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await GiveBackAsync(claim);
            return;
        }
        catch (Exception e)
        {
            Log.AttemptFault(_logger, e, claim.Message.QueueId);
            // Nothing is known of the recipients, so all are tried again.
            outcomes = RemoteDelivery.All(claim, AttemptVerdict.PutOff, "4.3.0", null, "a fault of this server; its log says more");
        }
        await RecordSurelyAsync(claim, outcomes, header, stopping);
    }

    private async Task<(IReadOnlyList<AttemptOutcome> Outcomes, ReadOnlyMemory<byte> Header)> AttemptWithinAsync(
        QueueClaim claim, CancellationToken cancellationToken)
    {
        await using var content = await _store.OpenContentAsync(claim.Message.ItemId, cancellationToken);
        if (content is null)
            return (RemoteDelivery.All(claim, AttemptVerdict.Failed, "5.3.0", null, "the message is no longer in the store"), default);
        var header = await ReadHeaderAsync(content, cancellationToken);
        return (await _remote.TryAsync(claim, content, cancellationToken), header);
    }

    // The other server may have the message already, and would get it again if that were not recorded. So nothing is broken off or forgotten: a
    // database that is away is waited for, other faults as long as the claim lasts, and a stop has one more try.
    private async Task RecordSurelyAsync(
        QueueClaim claim, IReadOnlyList<AttemptOutcome> outcomes, ReadOnlyMemory<byte> header, CancellationToken stopping)
    {
        var begun = _time.GetTimestamp();
        for (var isAgain = false; ; isAgain = true)
        {
            var isLast = stopping.IsCancellationRequested;
            try
            {
                await RecordAsync(claim, outcomes, header, isAgain);
                return;
            }
            catch (Exception fault) when (!isLast && (Outage.Is(fault) || _time.GetElapsedTime(begun) < _options.ClaimTime))
            {
                Log.NotRecorded(_logger, claim.Message.QueueId, fault.Message);
                await Task.Delay(BetweenRecords, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RecordAsync(QueueClaim claim, IReadOnlyList<AttemptOutcome> outcomes, ReadOnlyMemory<byte> header, bool isAgain = false)
    {
        var now = _time.GetUtcNow();
        var attempts = claim.Recipients[0].Attempts + 1;
        var due = now + RetryAfter(attempts);
        var failed = new List<FailedRecipient>();
        var putOff = new List<AttemptOutcome>();
        var done = new List<string>();
        foreach (var outcome in outcomes)
        {
            var isExpired = outcome.Verdict == AttemptVerdict.PutOff && due - claim.Message.Created > _options.Expiry;
            Log.Outcome(_logger, claim.Message.QueueId, outcome.Recipient, outcome.Verdict, outcome.RemoteHost, outcome.Status, outcome.Diagnostic);
            if (outcome.Verdict == AttemptVerdict.PutOff && !isExpired)
            {
                putOff.Add(outcome);
                continue;
            }
            done.Add(outcome.Recipient);
            if (outcome.Verdict != AttemptVerdict.Delivered)
            {
                // RFC 3463 §3.5: delivery time expired
                failed.Add(new FailedRecipient(outcome.Recipient, isExpired ? "4.4.7" : outcome.Status, outcome.RemoteHost, outcome.Diagnostic));
            }
        }

        async ValueTask ApplyAsync(IWriteSession session)
        {
            foreach (var outcome in putOff)
                await QueueTable.PutOffAsync(session, claim.Message.QueueId, outcome.Recipient, _options.Node, attempts, due, Printable($"{outcome.Status} {outcome.Diagnostic}"));
            foreach (var recipient in done)
            {
                if (!await QueueTable.RemoveAsync(session, claim.Message.QueueId, recipient) && isAgain)
                    throw new RecordedException();
            }
        }

        try
        {
            if (failed.Count > 0)
                await _bouncer.BounceAsync(claim.Message.QueueId, claim.Message.Sender, header, claim.Message.Created, failed, ApplyAsync, CancellationToken.None);
            else
                await _database.WriteAsync(async session => { await ApplyAsync(session); return true; }, CancellationToken.None);
        }
        catch (RecordedException)
        {
            // Nobody could tell at the time.
        }
        await _content.RemoveIfDoneAsync(claim.Message, CancellationToken.None);
    }

    private TimeSpan RetryAfter(int attempts) => _options.RetryAfter[Math.Min(attempts, _options.RetryAfter.Count) - 1];

    private Task GiveBackAsync(QueueClaim claim) => _database.WriteAsync(
        async session => { await QueueTable.ReleaseAsync(session, claim, _options.Node); return true; }, CancellationToken.None);

    // What another server says may hold anything; a NUL is nothing that every database takes.
    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));

    private static async Task<ReadOnlyMemory<byte>> ReadHeaderAsync(Stream content, CancellationToken cancellationToken)
    {
        var start = new byte[Math.Min(content.Length, MaxHeaderRead)];
        await content.ReadExactlyAsync(start, cancellationToken);
        content.Position = 0;
        return start.AsMemory(0, default(HeaderScanner).FindEnd(start, isWhole: true));
    }

    // The unit that ran before, and of which nobody knew what had become of it, was committed.
    private sealed class RecordedException : Exception;

    private static partial class Log
    {
        [LoggerMessage(7033, LogLevel.Warning, "{QueueId}: what became of an attempt could not be recorded and is tried again: {Reason}")]
        public static partial void NotRecorded(ILogger logger, string queueId, string reason);

        [LoggerMessage(7030, LogLevel.Information, "{QueueId}: <{Recipient}> {Verdict} by {Host}: {Status} {Diagnostic}")]
        public static partial void Outcome(
            ILogger logger, string queueId, string recipient, AttemptVerdict verdict, string? host, string status, string diagnostic);

        [LoggerMessage(7031, LogLevel.Error, "{QueueId}: an attempt failed by a fault of the server")]
        public static partial void AttemptFault(ILogger logger, Exception exception, string queueId);

        [LoggerMessage(7032, LogLevel.Error, "the queue can't be read or written; trying again in a while")]
        public static partial void QueueFault(ILogger logger, Exception exception);
    }
}
