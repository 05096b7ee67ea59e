using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>
/// Brings a call that has ended into the mailbox, once: as a voice mail when something was said, else as the notice of a missed call.
/// A call leaves the spool only when its message is durable.
/// </summary>
internal sealed partial class MessageDelivery(
    VoicemailOptions options, CallSpool spool, DeliveredCalls delivered, IAccounts accounts, IStore store, ISubmission submission,
    MessageTranscripts transcripts, MessageAudio audio, TimeProvider time, ILogger<MessageDelivery> logger)
{
    /// <summary>Delivers a call, trying again until it is done; when stopped, the call stays in the spool for the next start.</summary>
    /// <param name="call">The call, as it is in the spool.</param>
    /// <param name="recording">What was recorded; null when nothing was said.</param>
    /// <param name="stopping">Ends the attempts.</param>
    public async Task DeliverAsync(SpooledCall call, Recording? recording, CancellationToken stopping)
    {
        if (!await TryAsync(call, recording, stopping)) await RetryAsync(call, recording, stopping);
    }

    /// <summary>Tries once. False when it has to be tried again.</summary>
    public async Task<bool> TryAsync(SpooledCall call, Recording? recording, CancellationToken stopping)
    {
        try
        {
            await DeliverOnceAsync(call, recording, stopping);
            return true;
        }
        catch (SubmissionException refusal) when (refusal.StatusCode.StartsWith("5.1.", StringComparison.Ordinal))
        {
            Log.SetAside(logger, call.Id, call.Mailbox, spool.SetAside(call.Id), refusal.Message);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            Log.Failed(logger, call.Id, call.Mailbox, error);
            return false;
        }
    }

    /// <summary>Tries again, at growing distances, until it is done; when stopped, the call stays in the spool for the next start.</summary>
    public async Task RetryAsync(SpooledCall call, Recording? recording, CancellationToken stopping)
    {
        for (var wait = options.DeliveryRetry.First; ; wait = Min(wait * 2, options.DeliveryRetry.Most))
        {
            await Task.Delay(wait, time, stopping);
            if (await TryAsync(call, recording, stopping)) return;
        }
    }

    private async Task DeliverOnceAsync(SpooledCall call, Recording? recording, CancellationToken stopping)
    {
        if (recording is null && !call.MissedCall)
        {
            spool.Leave(call.Id);
            return;
        }

        // The account may have got another address since the call; it is gone only when its id is.
        var account = await accounts.FindAsync(call.AccountId, stopping)
            ?? throw new SubmissionException(550, "5.1.1", "the mailbox is gone", call.Mailbox);
        var notice = Notice(call, account);
        var kind = recording is null ? ItemKind.MissedCall : ItemKind.VoiceMail;
        await using var content = recording is null
            ? await StageAsync((output, token) => new MissedCallMessage { Call = notice, Fax = call.Fax }.WriteToAsync(output, token), stopping)
            : await StageVoiceMailAsync(call.Id, notice, recording, stopping);
        try
        {
            // The null reverse-path: nobody is to answer a machine with a bounce (RFC 3834 §5).
            await submission.SubmitAsync(
                new Submission("", [account.Address], content, kind, session => delivered.MarkAsync(session, call.Id)), stopping);
        }
        catch (Exception error) when (error is not SubmissionException)
        {
            // The unit may have been committed although its answer was lost; the mark tells.
            if (!await delivered.ContainsAsync(call.Id, stopping)) throw;
        }

        spool.Leave(call.Id);
        Log.Delivered(logger, call.Id, kind, account.Address, recording?.Duration.TotalSeconds ?? 0);
    }

    private async Task<StagedContent> StageVoiceMailAsync(string call, CallNotice notice, Recording recording, CancellationToken stopping)
    {
        var transcript = await transcripts.TranscribeAsync(call, recording, stopping);
        using var file = await audio.PrepareAsync(call, recording, stopping);
        await using var content = File.OpenRead(file.Path);
        var message = new VoiceMailMessage
        {
            Call = notice,
            Duration = recording.Duration,
            Audio = content,
            AudioType = (file.Kind.MediaSubtype(), file.Kind.Extension()),
            Transcript = transcript.Text,
            NoTranscriptReason = transcript.WhyNone,
            Vtt = transcript.Vtt,
        };
        return await StageAsync(message.WriteToAsync, stopping);
    }

    // The message flows from its writer into the store through a pipe, so that a long one is never whole in memory.
    private async Task<StagedContent> StageAsync(Func<Stream, CancellationToken, Task> write, CancellationToken stopping)
    {
        var pipe = new Pipe();
        var writing = WriteAsync();
        try
        {
            return await store.StageAsync(pipe.Reader.AsStream(), options.MaxMessageSize, stopping);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await writing;
        }

        async Task WriteAsync()
        {
            Exception? failure = null;
            try
            {
                await write(pipe.Writer.AsStream(leaveOpen: true), stopping);
            }
            catch (Exception error)
            {
                failure = error;
            }

            // A failure reaches the reader, so that half a message is never taken for a whole one.
            await pipe.Writer.CompleteAsync(failure);
        }
    }

    private CallNotice Notice(SpooledCall call, Account account) =>
        new(options.ServiceAddress, account.Address, call.Called, TimeZoneInfo.ConvertTime(call.Started, time.LocalTimeZone))
        {
            RecipientName = account.Name,
            CallerNumber = call.CallerNumber.Length == 0 ? null : call.CallerNumber,
            CallerName = call.CallerName.Length == 0 ? null : call.CallerName,
            CallerWithheld = call.CallerWithheld,
            CallerProof = call.CallerIdentity is { } identity ? new CallerProof(identity.Token, identity.Words) : null,
            CallId = call.CallId,
            MessageId = $"{call.Id}@{options.ServiceAddress[(options.ServiceAddress.IndexOf('@') + 1)..]}",
        };

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static partial class Log
    {
        [LoggerMessage(9010, LogLevel.Information, "Call {Call}: {Kind} of {Seconds:F1} s is in the mailbox of {Mailbox}")]
        public static partial void Delivered(ILogger logger, string call, ItemKind kind, string mailbox, double seconds);

        [LoggerMessage(9011, LogLevel.Error, "Call {Call}: the message for {Mailbox} stays in the spool and is tried again")]
        public static partial void Failed(ILogger logger, string call, string mailbox, Exception error);

        [LoggerMessage(9012, LogLevel.Error, "Call {Call}: no message can be delivered to {Mailbox} ({Reason}); it was put into {Folder}, and a person has to decide")]
        public static partial void SetAside(ILogger logger, string call, string mailbox, string folder, string reason);
    }
}
