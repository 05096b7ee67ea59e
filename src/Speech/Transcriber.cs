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
    private readonly ISpeechToTextClient _client;
    private readonly SpeechOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>A transcriber over an engine.</summary>
    /// <param name="client">The engine; disposed with the transcriber.</param>
    /// <param name="options">Its options.</param>
    /// <param name="time">The clock of the time limit.</param>
    /// <param name="logger">Where it is told how long an engine took; never what was said.</param>
    public Transcriber(ISpeechToTextClient client, SpeechOptions options, TimeProvider time, ILogger logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Who understands, as transcripts will name it.</summary>
    public string Engine => _options.Engine == SpeechEngineKind.Command ? Path.GetFileName(_options.Command) : _options.Model;

    /// <summary>Transcribes a recording.</summary>
    /// <param name="wavPath">A WAV file.</param>
    /// <param name="callId">The call, for the log.</param>
    /// <param name="cancellationToken">Ends it; a program is killed.</param>
    /// <exception cref="SpeechException">The engine failed, or took longer than <see cref="SpeechOptions.MaxWait"/>.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<Transcript> TranscribeAsync(string wavPath, string callId, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.MaxWait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var started = _time.GetTimestamp();
        try
        {
            await using var file = new FileStream(wavPath, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, FileOptions.Asynchronous);
            var response = await _client.GetTextAsync(file, Request(), either.Token);
            var transcript = Read(response);
            Log.Transcribed(_logger, callId, Engine, _time.GetElapsedTime(started).TotalSeconds, transcript.Text.Length);
            return transcript;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SpeechException($"{Engine} gave no text within {_options.MaxWait.TotalSeconds:0.###} s", retry: true, fault);
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
    public void Dispose() => _client.Dispose();

    private SpeechToTextOptions Request() => _options.Engine == SpeechEngineKind.OpenAi
        ? OpenAiClient.Request(_options)
        : new SpeechToTextOptions { SpeechLanguage = _options.Language, SpeechSampleRate = _options.SampleRate };

    private Transcript Read(SpeechToTextResponse response) => response.RawRepresentation switch
    {
        Transcript transcript => transcript,
        AudioTranscription transcription => OpenAiClient.Read(transcription, _options.Model),
        _ => Transcript.Of(response.Text, null, Engine),
    };

    private static partial class Log
    {
        [LoggerMessage(3500, LogLevel.Information, "Call {CallId}: {Engine} took {Seconds:0.0} s for a transcript of {Length} characters")]
        public static partial void Transcribed(ILogger logger, string callId, string engine, double seconds, int length);
    }
}
