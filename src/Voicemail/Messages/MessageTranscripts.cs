using Microsoft.Extensions.Logging;
using UnifiedMsg.Speech;
using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>What became of the wish for a transcript.</summary>
/// <param name="Text">The words, or null.</param>
/// <param name="Vtt">The same with times (WebVTT), or null.</param>
/// <param name="WhyNone">When there are none, one line that says why and what can be done about it.</param>
internal sealed record MessageTranscript(string? Text, string? Vtt, string? WhyNone)
{
    /// <summary>There are no words, for this reason.</summary>
    public static MessageTranscript None(string why) => new(null, null, $"No transcript: {why}");
}

/// <summary>Asks the speech engine for the words of a recording. A slow or dead engine costs a message its transcript and some time, never
/// more.</summary>
/// <param name="transcriber">The engine, or null when none is configured.</param>
/// <param name="maxWait">How long a message waits for its words, its turn included.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class MessageTranscripts(Transcriber? transcriber, TimeSpan maxWait, TimeProvider time, ILogger<MessageTranscripts> logger)
{
    /// <summary>Recognisers take all the processors they get; with two at once one slow message does not hold up all others.</summary>
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _turns = new(AtOnce);

    /// <summary>Transcribes the recording of a call.</summary>
    /// <exception cref="OperationCanceledException">The server stops; the message is to wait in the spool.</exception>
    public async Task<MessageTranscript> TranscribeAsync(string call, Recording recording, CancellationToken stopping)
    {
        if (transcriber is null)
            return MessageTranscript.None("transcription is off. An administrator switches it on with speech.engine in unifiedmsg.yaml.");
        using var limit = new CancellationTokenSource(maxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            var transcript = await InTurnAsync(call, recording, either.Token);
            return transcript.Text.Length > 0
                ? new MessageTranscript(transcript.Text, WebVtt.Write(transcript, recording.Duration), null)
                : MessageTranscript.None("no words were recognised.");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Log.TooSlow(logger, call, maxWait);
            return MessageTranscript.None($"the speech engine took longer than {maxWait.TotalSeconds:0} s.");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.Failed(logger, call, error);
            return MessageTranscript.None("the speech engine failed. The log of the server says why.");
        }
    }

    private async Task<Transcript> InTurnAsync(string call, Recording recording, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await transcriber!.TranscribeAsync(recording.Path, call, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9060, LogLevel.Warning, "Call {Call}: the speech engine took longer than {MaxWait}; the message goes without a transcript")]
        public static partial void TooSlow(ILogger logger, string call, TimeSpan maxWait);

        [LoggerMessage(9061, LogLevel.Error, "Call {Call}: the speech engine failed; the message goes without a transcript")]
        public static partial void Failed(ILogger logger, string call, Exception error);
    }
}
