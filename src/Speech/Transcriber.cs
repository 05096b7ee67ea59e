using System.ClientModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using OpenAI.Audio;
using UnifiedMsg.Speech.OpenAi;
using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Speech;

/// <summary>Turns recordings into transcripts with whichever engine is set up, within its time.</summary>
public sealed partial class Transcriber : IDisposable
{
    private readonly ISpeechToTextClient client;
    private readonly SpeechOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    /// <summary>A transcriber over an engine.</summary>
    /// <param name="client">The engine; disposed with the transcriber.</param>
    /// <param name="options">Its options.</param>
    /// <param name="time">The clock of the time limit.</param>
    /// <param name="logger">Where it is told how long an engine took; never what was said.</param>
    public Transcriber(ISpeechToTextClient client, SpeechOptions options, TimeProvider time, ILogger logger)
    {
        this.client = client;
        this.options = options;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>Who understands, as transcripts will name it.</summary>
    public string Engine => options.Engine == SpeechEngineKind.Command ? Path.GetFileName(options.Command) : options.Model;

    /// <summary>Transcribes a recording.</summary>
    /// <param name="wavPath">A WAV file.</param>
    /// <param name="callId">The call, for the log.</param>
    /// <param name="cancellationToken">Ends it; a program is killed.</param>
    /// <exception cref="SpeechException">The engine failed, or took longer than <see cref="SpeechOptions.MaxWait"/>.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<Transcript> TranscribeAsync(string wavPath, string callId, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            await using var file = new FileStream(wavPath, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, FileOptions.Asynchronous);
            var response = await client.GetTextAsync(file, Request(), either.Token);
            var transcript = Read(response);
            Log.Transcribed(logger, callId, Engine, time.GetElapsedTime(started).TotalSeconds, transcript.Text.Length);
            return transcript;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SpeechException($"{Engine} gave no text within {options.MaxWait.TotalSeconds:0.###} s", retry: true, fault);
        }
        catch (ClientResultException fault)
        {
            throw OpenAiClient.Failure(fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or AggregateException)
        {
            throw new SpeechException("The speech server can't be reached", retry: true, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private SpeechToTextOptions Request() => options.Engine == SpeechEngineKind.OpenAi
        ? OpenAiClient.Request(options)
        : new SpeechToTextOptions { SpeechLanguage = options.Language, SpeechSampleRate = options.SampleRate };

    private Transcript Read(SpeechToTextResponse response) => response.RawRepresentation switch
    {
        Transcript transcript => transcript,
        AudioTranscription transcription => OpenAiClient.Read(transcription, options.Model),
        _ => Transcript.Of(response.Text, null, Engine),
    };

    private static partial class Log
    {
        [LoggerMessage(3500, LogLevel.Information, "Call {CallId}: {Engine} took {Seconds:0.0} s for a transcript of {Length} characters")]
        public static partial void Transcribed(ILogger logger, string callId, string engine, double seconds, int length);
    }
}
