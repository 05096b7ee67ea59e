using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Recording;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.Calls;
using UnifiedMsg.Voicemail.DialPlans;
using UnifiedMsg.Voicemail.Flows;
using UnifiedMsg.Voicemail.Lamp;
using UnifiedMsg.Voicemail.Messages;
using UnifiedMsg.Voicemail.Prompts;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail;

/// <summary>Voice mail: takes the calls of the SIP endpoint, finds whose mailbox they are for, runs the flow, and keeps the lamp.</summary>
public sealed partial class VoicemailService : ISipApplication, IAsyncDisposable
{
    private readonly VoicemailOptions _options;
    private readonly DialPlanFolder _plans;
    private readonly CalledMailboxes _mailboxes;
    private readonly CallSpool _spool;
    private readonly DeliveredCalls _delivered;
    private readonly MessageDelivery _delivery;
    private readonly LeaveMessage _leaveMessage;
    private readonly MissedCallFlood _missed;
    private readonly VoicemailMedia _media;
    private readonly RecordingDisk _disk;
    private readonly VoicemailMetrics _metrics = new();
    private readonly AudioFiles _files;
    private readonly MessageWaitingLamp _lamp;
    private readonly NameAddress _identity;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Task, byte> _flows = new();
    private readonly ConcurrentDictionary<Task, byte> _deliveries = new();
    private readonly CancellationTokenSource _abandon = new();

    /// <summary>Puts the parts together; nothing runs before <see cref="StartAsync"/>.</summary>
    /// <param name="options">The installation.</param>
    /// <param name="sip">How the SIP endpoint listens.</param>
    /// <param name="services">The parts of the product that voice mail stands on.</param>
    /// <exception cref="DialPlanException">The dial plan is not valid.</exception>
    public VoicemailService(VoicemailOptions options, SipOptions sip, VoicemailServices services)
    {
        _options = options;
        _time = services.Time;
        _identity = new NameAddress(SipUri.Parse($"sip:{options.ServiceAddress}"));
        _logger = services.Loggers.CreateLogger<VoicemailService>();
        _mailboxes = new CalledMailboxes(services.Accounts, services.Store, _time, _logger);
        _plans = new DialPlanFolder(options.DialPlans, services.Loggers.CreateLogger<DialPlanFolder>(), _time);
        _spool = new CallSpool(options.Spool);
        _delivered = new DeliveredCalls(services.Database, options.Node);
        var transcripts = new MessageTranscripts(
            services.Speech, options.TranscriptMaxWait, _time, services.Loggers.CreateLogger<MessageTranscripts>());
        _files = new AudioFiles(Ffmpeg.Find(_time));
        var audio = new MessageAudio(options.Audio, _files, options.WorkFolder, services.Loggers.CreateLogger<MessageAudio>());
        _delivery = new MessageDelivery(
            options, _spool, _delivered, services.Accounts, services.Store, services.Submission, transcripts, audio, _time,
            services.Loggers.CreateLogger<MessageDelivery>());
        _missed = new MissedCallFlood(options.MissedCallNotices.Burst, options.MissedCallNotices.Pause, _time);
        _media = new VoicemailMedia(options, _time, services.Loggers);
        _disk = new RecordingDisk(new RecordingDiskOptions(), _time, services.Loggers.CreateLogger<RecordingDisk>());
        _leaveMessage = new LeaveMessage(
            PromptSet.Load(loudness: options.Audio.Prompts), new GreetingFiles(_files, options.Audio.Prompts), options.Audio.Tones,
            _spool, _disk, _metrics, services.Loggers.CreateLogger<LeaveMessage>());
        Endpoint = new SipEndpoint(sip, this, services.Loggers, _time);
        _lamp = new MessageWaitingLamp(
            services.Store, services.Accounts, _plans, new LampPhones(Endpoint, _identity), services.Loggers.CreateLogger<MessageWaitingLamp>(), _time);
    }

    /// <summary>The SIP endpoint, for the addresses it is bound to.</summary>
    public SipEndpoint Endpoint { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> EventPackages { get; } = [MessageWaitingSummary.Package];

    /// <summary>Takes up what a crash left in the spool, then listens.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_files.Knows(_options.Audio.Format)) Log.NoConverter(_logger, _options.Audio.Format, Ffmpeg.Missing);
        var (left, unreadable) = _spool.List();
        foreach (var path in unreadable) Log.Unreadable(_logger, path);
        // What can't be read now may be read at the next start.
        // An entry whose removal a power cut could still undo must not come back without its mark: it would be delivered again.
        _spool.KeepNames();
        await _delivered.ForgetAllButAsync([.. left.Select(call => call.Id), .. unreadable.Select(CallSpool.IdOf)], cancellationToken);
        await _mailboxes.StartAsync(cancellationToken);
        await Endpoint.StartAsync(cancellationToken);
        if (left.Count > 0) TrackDelivery(RecoverAsync(left));
        _lamp.TellTargets();
    }

    /// <summary>Takes no more calls, lets those under way end, and waits for their messages.</summary>
    /// <param name="drain">How long calls may still go on; then they are hung up, and what was said is delivered.</param>
    public async Task StopAsync(TimeSpan drain)
    {
        await Endpoint.StopAsync(drain);
        // A call that is over for the signalling still closes its recording and hands it over.
        await Task.WhenAll(_flows.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_deliveries.Keys).WaitAsync(_options.DeliveryDrain, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_deliveries.IsEmpty) Log.LeftToNextStart(_logger, _deliveries.Count);
        await _abandon.CancelAsync();
        await Task.WhenAll(_deliveries.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        await _lamp.DisposeAsync();
        await Endpoint.DisposeAsync();
        await _mailboxes.DisposeAsync();
        await _media.DisposeAsync();
        _disk.Dispose();
        _metrics.Dispose();
        _plans.Dispose();
        _abandon.Dispose();
    }

    /// <inheritdoc/>
    public Task OnCallAsync(IIncomingCall call, CancellationToken stopping)
    {
        var flow = ServeAsync(call, stopping);
        Track(_flows, flow);
        return flow;
    }

    /// <inheritdoc/>
    public ValueTask<SubscribeAnswer> OnSubscribeAsync(SubscribeRequest request, CancellationToken cancellationToken) =>
        _lamp.OnSubscribeAsync(request, cancellationToken);

    /// <inheritdoc/>
    public void OnRegistered(SipBinding binding) => _lamp.OnRegistered(binding);

    private async Task ServeAsync(IIncomingCall call, CancellationToken stopping)
    {
        var started = _time.GetUtcNow();
        var facts = CallFactsOf.Parties(call.Parties, started);
        var match = _plans.Plan.Match(facts);
        CalledMailbox? mailbox;
        try
        {
            mailbox = match.Mailbox is null ? null : await _mailboxes.FindAsync(match.Mailbox, stopping);
        }
        catch (MailboxesAwayException away)
        {
            // RFC 3261 §21.5.4: whoever sent the call may try another server of ours.
            Log.Unknown(_logger, call.Id, facts.From, facts.To, away.Message);
            await call.RejectAsync(503, cancellationToken: stopping);
            return;
        }

        if (match.Step is null || mailbox is null)
        {
            var status = match.Step?.Reject ?? 404;
            Log.Refused(_logger, call.Id, facts.From, facts.To, status, match.Step?.Source ?? "no step", match.Mailbox ?? "none");
            await call.RejectAsync(status, cancellationToken: stopping);
            return;
        }

        var account = mailbox.Account;
        var entry = Entry(call, facts, account, match.Step, started);
        if (facts.DivertedBy is null)
            Log.Taken(_logger, call.Id, facts.From, facts.To, account.Address, match.Step.Source, entry.Id);
        else
            Log.TakenDiverted(_logger, call.Id, facts.From, facts.To, facts.DivertedBy, facts.Reason, account.Address, match.Step.Source, entry.Id);
        await using var voice = await _media.OpenAsync(call, stopping);
        if (voice is null) return;
        await _leaveMessage.RunAsync(voice, entry, match.Step.LeaveMessage, mailbox.IsFull, (taken, recording) => Deliver(call, taken, recording));
    }

    private static SpooledCall Entry(IIncomingCall call, CallFacts facts, Account account, Step step, DateTimeOffset started) => new(
        Guid.CreateVersion7(started).ToString("n"),
        call.CallId,
        account.Id,
        account.Address,
        call.Parties.IsWithheld ? "" : call.Parties.CallerNumber,
        call.Parties.IsWithheld ? "" : call.Parties.Caller.DisplayName ?? "",
        facts.DivertedBy ?? facts.To,
        started,
        step.LeaveMessage.MissedCall,
        call.Parties.IsWithheld);

    // RFC 3326: a call that somebody took on another phone is none that was missed.
    private void Deliver(IIncomingCall call, SpooledCall taken, Recording? recording)
    {
        var noticeDue = recording is null && taken.MissedCall && !call.WasAnsweredElsewhere && _missed.TellsOf(taken);
        TrackDelivery(DeliverAsync(call.Parties, taken with { MissedCall = noticeDue }, recording));
    }

    // The check began with the call and is bounded, so that only the notice of a very short call waits for it.
    private async Task DeliverAsync(CallParties parties, SpooledCall call, Recording? recording)
    {
        var identity = CallerIdentityOf.Verification(await parties.Verification, parties.IsWithheld);
        await _delivery.DeliverAsync(call with { CallerIdentity = identity }, recording, _abandon.Token);
    }

    private async Task RecoverAsync(IReadOnlyList<SpooledCall> left)
    {
        foreach (var call in left)
        {
            try
            {
                await RecoverAsync(call);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // One file that can't be read costs no other call its message.
                Log.NotRecovered(_logger, call.Id, call.Mailbox, error);
            }
        }
    }

    private async Task RecoverAsync(SpooledCall call)
    {
        if (await WasDeliveredAsync(call))
        {
            _spool.Leave(call.Id);
            return;
        }

        var (recording, fax) = await SpooledRecording.RecoverAsync(_spool.AudioPath(call.Id), _abandon.Token);
        call = call with { Fax = fax };
        Log.Recovered(_logger, call.Id, call.Mailbox, recording?.Duration.TotalSeconds ?? 0);
        // One by one; what can't be delivered now, such as to a full mailbox, holds up none behind it.
        if (!await _delivery.TryAsync(call, recording, _abandon.Token))
            TrackDelivery(_delivery.RetryAsync(call, recording, _abandon.Token));
    }

    // While the database is away it can't be told; the delivery, which is tried again and again, finds it out itself.
    private async Task<bool> WasDeliveredAsync(SpooledCall call)
    {
        try
        {
            return await _delivered.ContainsAsync(call.Id, _abandon.Token);
        }
        catch (Exception fault) when (Outage.Is(fault))
        {
            return false;
        }
    }

    // Deliveries outlive their calls, and the stop waits for them.
    private void TrackDelivery(Task delivery)
    {
        delivery.ContinueWith(
            (failed, _) => Log.DeliveryFault(_logger, failed.Exception),
            null, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        Track(_deliveries, delivery);
    }

    private static void Track(ConcurrentDictionary<Task, byte> tasks, Task task)
    {
        tasks.TryAdd(task, 0);
        task.ContinueWith(
            (done, _) => tasks.TryRemove(done, out byte _),
            null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static partial class Log
    {
        [LoggerMessage(9030, LogLevel.Information, "Call {Call} from {From} to {To}: for {Mailbox}, by step {Step}; its message is {Message}")]
        public static partial void Taken(ILogger logger, string call, string from, string to, string mailbox, string step, string message);

        [LoggerMessage(9037, LogLevel.Information, "Call {Call} from {From} to {To}, diverted by {DivertedBy} ({Reason}): for {Mailbox}, by step {Step}; its message is {Message}")]
        public static partial void TakenDiverted(
            ILogger logger, string call, string from, string to, string divertedBy, string reason, string mailbox, string step, string message);

        [LoggerMessage(9031, LogLevel.Information, "Call {Call} from {From} to {To}: refused with {Status} ({Step}, mailbox {Mailbox})")]
        public static partial void Refused(ILogger logger, string call, string from, string to, int status, string step, string mailbox);

        [LoggerMessage(9039, LogLevel.Warning, "Call {Call} from {From} to {To}: refused with 503: {Reason}")]
        public static partial void Unknown(ILogger logger, string call, string from, string to, string reason);

        [LoggerMessage(9032, LogLevel.Warning, "Call {Call} for {Mailbox} was cut off by a stop of the server; {Seconds:F1} s of it are delivered now")]
        public static partial void Recovered(ILogger logger, string call, string mailbox, double seconds);

        [LoggerMessage(9033, LogLevel.Error, "The spool entry {Path} can't be read; a person has to look at it")]
        public static partial void Unreadable(ILogger logger, string path);

        [LoggerMessage(9034, LogLevel.Warning, "{Count} messages are not delivered yet; they stay in the spool for the next start")]
        public static partial void LeftToNextStart(ILogger logger, int count);

        [LoggerMessage(9036, LogLevel.Error, "Call {Call} for {Mailbox}: its recording can't be read; it stays in the spool for the next start")]
        public static partial void NotRecovered(ILogger logger, string call, string mailbox, Exception error);

        [LoggerMessage(9038, LogLevel.Error, "Messages can't be delivered as {Format}, and are as WAV: {Reason}")]
        public static partial void NoConverter(ILogger logger, AudioFileKind format, string reason);

        [LoggerMessage(9035, LogLevel.Error, "A delivery failed; the call stays in the spool for the next start")]
        public static partial void DeliveryFault(ILogger logger, Exception? error);
    }
}
