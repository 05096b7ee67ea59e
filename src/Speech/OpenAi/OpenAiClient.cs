using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Audio;
using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Speech.OpenAi;

/// <summary>Engines behind the OpenAI transcription API: OpenAI itself, Azure, whisper.cpp's server, speaches, vLLM.</summary>
internal static class OpenAiClient
{
    // The library refuses an empty key; servers of one's own mostly look at none.
    private const string NoKey = "none";

    public static ISpeechToTextClient Create(SpeechOptions options)
    {
        var endpoint = options.Endpoint ?? throw new ArgumentException("The engine openai needs an endpoint", nameof(options));
        var client = new OpenAIClient(new ApiKeyCredential(Key(options)), new OpenAIClientOptions
        {
            Endpoint = endpoint,
            NetworkTimeout = options.MaxWait,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 1),
        });
        return client.GetAudioClient(options.Model).AsISpeechToTextClient();
    }

    // verbose_json is the one form that has times.
    public static SpeechToTextOptions Request(SpeechOptions options) => new()
    {
        SpeechLanguage = options.Language.Length > 0 ? options.Language : null,
        RawRepresentationFactory = _ => new AudioTranscriptionOptions
        {
            ResponseFormat = AudioTranscriptionFormat.Verbose,
            TimestampGranularities = AudioTimestampGranularities.Segment,
        },
    };

    public static Transcript Read(AudioTranscription transcription, string model) => transcription.Segments is { Count: > 0 } segments
        ? Transcript.Of(segments.Select(segment => new TranscriptSegment(segment.StartTime, segment.EndTime, segment.Text ?? "")), transcription.Language, model)
        : Transcript.Of(transcription.Text ?? "", transcription.Language, model);

    public static SpeechException Failure(ClientResultException fault) => fault.Status switch
    {
        0 => new SpeechException($"The speech server can't be reached: {fault.Message}", retry: true, fault),
        401 or 403 => new SpeechException("The speech server refuses our API key", retry: false, fault),
        408 or 429 or >= 500 => new SpeechException($"The speech server is not able to answer now (HTTP {fault.Status})", retry: true, fault),
        _ => new SpeechException($"The speech server refuses the recording (HTTP {fault.Status})", retry: false, fault),
    };

    private static string Key(SpeechOptions options)
    {
        var key = options.KeyFile.Length > 0 ? File.ReadAllText(options.KeyFile).Trim() : Environment.GetEnvironmentVariable(options.KeyVariable);
        return string.IsNullOrEmpty(key) ? NoKey : key;
    }
}
