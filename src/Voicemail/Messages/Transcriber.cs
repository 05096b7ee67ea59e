using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>What became of the wish for a transcript.</summary>
/// <param name="Text">The words, or null.</param>
/// <param name="Vtt">The same with times (WebVTT), or null.</param>
/// <param name="WhyNone">When there are none, one line that says why and what can be done about it.</param>
internal sealed record Transcription(string? Text, string? Vtt, string? WhyNone);

/// <summary>Asks the speech engine for the words of a recording. A slow or dead engine costs a message its transcript and some time, never
/// more.</summary>
/// <param name="client">The engine, or null when none is configured.</param>
/// <param name="maxWait">How long a message waits for its words, its turn included.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class Transcriber(ISpeechToTextClient? client, TimeSpan maxWait, TimeProvider time, ILogger<Transcriber> logger)
{
    /// <summary>Recognisers take all the processors they get; two at once keep one slow message from holding up the rest.</summary>
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _turns = new(AtOnce);

    /// <summary>Transcribes a WAV file.</summary>
    /// <exception cref="OperationCanceledException">The server stops; the message is to wait in the spool.</exception>
    public async Task<Transcription> TranscribeAsync(string path, CancellationToken stopping)
    {
        if (client is null)
            return new Transcription(null, null, "No transcript: transcription is off. An administrator can switch it on with speech.engine in unifiedmsg.yaml.");
        using var limit = new CancellationTokenSource(maxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await _turns.WaitAsync(either.Token);
            try
            {
                await using var audio = File.OpenRead(path);
                var response = await client.GetTextAsync(audio, cancellationToken: either.Token);
                return response.Text.Length > 0
                    ? new Transcription(response.Text, null, null)
                    : new Transcription(null, null, "No transcript: no words were recognised.");
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            Log.TooSlow(logger, Path.GetFileNameWithoutExtension(path), maxWait);
            return new Transcription(null, null, $"No transcript: the speech engine took longer than {maxWait.TotalSeconds:0} s (speech.maxWait).");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.Failed(logger, Path.GetFileNameWithoutExtension(path), error);
            return new Transcription(null, null, "No transcript: the speech engine failed; the server's log says why.");
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
