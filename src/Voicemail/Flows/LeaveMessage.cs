using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Media.Signals;
using UnifiedMsg.Voicemail.Calls;
using UnifiedMsg.Voicemail.DialPlans;
using UnifiedMsg.Voicemail.Messages;
using UnifiedMsg.Voicemail.Prompts;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Flows;

/// <summary>The caller hears a greeting and a tone, speaks, and hangs up.</summary>
internal sealed partial class LeaveMessage(
    PromptSet prompts, GreetingFiles greetings, CountryTones tones, CallSpool spool, RecordingDisk disk, VoicemailMetrics metrics,
    ILogger<LeaveMessage> logger)
{
    /// <summary>A phone that sends nothing for so long is gone without a BYE; a phone that is on hold or suppresses silence sends something
    /// now and then.</summary>
    private static readonly TimeSpan MediaTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SilenceKept = TimeSpan.FromSeconds(0.5);

    /// <summary>Runs the call to its end. The message is on its way to the mailbox, by <paramref name="deliver"/>, as soon as the recording
    /// is over, whatever the caller still hears. To a full mailbox nobody speaks: the caller is told so, and the call is one that was missed.</summary>
    public async Task RunAsync(
        VoiceCall call, SpooledCall entry, LeaveMessageOptions options, bool isFull, Action<SpooledCall, Recording?> deliver)
    {
        // The entry is made durable while the greeting plays, so that the answer does not wait for the disk.
        var entered = Task.Run(() => spool.Enter(entry));
        var handedOver = false;
        try
        {
            await call.RingAsync(options.Ring);
            await call.AnswerAsync();
            if (isFull)
            {
                Log.MailboxFull(logger, call.Id, entry.Mailbox);
                await call.PlayAsync(prompts["mailbox-full"]);
                await call.PlayAsync(prompts["goodbye"]);
                await call.HangUpAsync();
                return;
            }

            await call.PlayAsync(await GreetingAsync(options), options.FinishKeys);
            await entered;
            var (recording, end) = await RecordAsync(call, entry, options);
            handedOver = true;
            deliver(entry with { Fax = end == RecordingEnd.Fax }, recording);
            if (end != RecordingEnd.Fax) await TakeLeaveAsync(call, recording, end);
            await call.HangUpAsync();
        }
        catch (OperationCanceledException) when (call.Ended.IsCancellationRequested)
        {
            // The caller hung up, or gave up before we answered.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NoRecording(logger, call.Id, error);
            metrics.NotRecorded();
            await ApologiseAsync(call);
        }
        finally
        {
            if (!handedOver) await HandOverAsync(call, entry, entered, deliver);
        }
    }

    private async Task<(Recording? Recording, RecordingEnd End)> RecordAsync(VoiceCall call, SpooledCall entry, LeaveMessageOptions options)
    {
        // Before the tone, so that a disk that takes nothing shows before the caller is asked to speak.
        await using var recorder = await disk.CreateAsync(spool.AudioPath(entry.Id), call.SampleRate, call.Ended);
        spool.KeepNames();
        if (options.Tone) await call.PlayAsync(RecordTone(call));
        var outcome = await call.RecordAsync(
            recorder,
            new RecordingLimits
            {
                MaxDuration = options.MaxLength,
                MaxSilence = options.Silence,
                MediaTimeout = MediaTimeout,
                StopKeys = options.FinishKeys,
                EndOnFax = true,
            });
        // The silence that ended the message is no part of it.
        var duration = await recorder.CompleteAsync(outcome.End == RecordingEnd.Silence ? outcome.SpeechEnd + SilenceKept : null);
        Log.Recorded(logger, call.Id, duration.TotalSeconds, outcome.End, outcome.Speech.TotalSeconds);
        var spoken = outcome.ContainsSpeech;
        if (outcome.End == RecordingEnd.Fax)
        {
            spoken = SpooledRecording.IsSpokenBeforeFax(outcome.Speech);
            metrics.Fax();
        }
        else if (recorder.Failure is { } failure)
        {
            Log.CutOff(logger, call.Id, entry.Mailbox, duration.TotalSeconds, failure.Message);
            metrics.CutOff();
        }

        return (spoken && duration > TimeSpan.Zero ? new Recording(recorder.Path, duration, call.SampleRate) : null, outcome.End);
    }

    private AudioClip RecordTone(VoiceCall call) => tones[CallTone.Record].ToClip(tones[CallTone.Record].Period, call.SampleRate);

    // Whoever was cut off is told so: half a message without a word would leave the caller in the belief that all of it was taken.
    private async Task TakeLeaveAsync(VoiceCall call, Recording? recording, RecordingEnd end)
    {
        var saved = end == RecordingEnd.SinkFailed ? "recording-cut-off" : "message-saved";
        await call.PlayAsync(prompts[recording is null ? "nothing-recorded" : saved]);
        await call.PlayAsync(prompts["goodbye"]);
    }

    private async Task<AudioClip> GreetingAsync(LeaveMessageOptions options)
    {
        if (options.Greeting is null) return prompts["greeting-default"];
        try
        {
            return await greetings.ReadAsync(options.Greeting, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Log.NoGreeting(logger, options.Greeting, error.Message);
            return prompts["greeting-default"];
        }
    }

    private async Task ApologiseAsync(VoiceCall call)
    {
        try
        {
            await call.PlayAsync(prompts["system-error"]);
            await call.HangUpAsync();
        }
        catch (OperationCanceledException) when (call.Ended.IsCancellationRequested)
        {
        }
    }

    // A call that never came to its recording is a missed call, also when the spool can't be written; one whose recording broke off
    // is delivered with what reached the disk.
    private async Task HandOverAsync(VoiceCall call, SpooledCall entry, Task entered, Action<SpooledCall, Recording?> deliver)
    {
        try
        {
            await entered;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotSpooled(logger, call.Id, entry.Mailbox, error);
        }

        try
        {
            var (recording, fax) = await SpooledRecording.RecoverAsync(spool.AudioPath(entry.Id), CancellationToken.None);
            deliver(entry with { Fax = fax }, recording);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Log.NotRecovered(logger, call.Id, entry.Mailbox, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9050, LogLevel.Information, "Call {Call}: recorded {Seconds:F1} s, ended by {End}, speech {Speech:F1} s")]
        public static partial void Recorded(ILogger logger, string call, double seconds, RecordingEnd end, double speech);

        [LoggerMessage(9056, LogLevel.Warning, "Call {Call}: the mailbox {Mailbox} is full; the caller is told, and nothing is recorded")]
        public static partial void MailboxFull(ILogger logger, string call, string mailbox);

        [LoggerMessage(9051, LogLevel.Error, "Call {Call}: no recording can be made; the caller is told")]
        public static partial void NoRecording(ILogger logger, string call, Exception error);

        [LoggerMessage(9052, LogLevel.Error, "The greeting {Path} can't be read; callers hear the one built in: {Reason}")]
        public static partial void NoGreeting(ILogger logger, string path, string reason);

        [LoggerMessage(9053, LogLevel.Error, "Call {Call} for {Mailbox}: the spool can't be written; a crash before the notice of the call is delivered would lose it")]
        public static partial void NotSpooled(ILogger logger, string call, string mailbox, Exception error);

        [LoggerMessage(9055, LogLevel.Error, "Call {Call} for {Mailbox}: the disk took only {Seconds:F1} s of the message, which are delivered; the caller is told ({Reason})")]
        public static partial void CutOff(ILogger logger, string call, string mailbox, double seconds, string reason);

        [LoggerMessage(9054, LogLevel.Error, "Call {Call} for {Mailbox}: the recording can't be read; it stays in the spool for the next start")]
        public static partial void NotRecovered(ILogger logger, string call, string mailbox, Exception error);
    }
}
