using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Speech.Command;
using UnifiedMsg.Speech.OpenAi;

namespace UnifiedMsg.Speech;

/// <summary>Brings a WAV file to the rate that an engine wants, as 16-bit mono PCM.</summary>
/// <param name="wav">The file.</param>
/// <param name="sampleRate">The wanted rate, in Hz.</param>
/// <exception cref="InvalidDataException">It is no WAV file that can be read.</exception>
public delegate byte[] WavRateConverter(byte[] wav, int sampleRate);

/// <summary>Makes the engine that the options name.</summary>
public static class SpeechToTextFactory
{
    /// <summary>The transcriber, or null for <see cref="SpeechEngineKind.None"/>.</summary>
    /// <param name="options">Which engine, and how.</param>
    /// <param name="convert">Changes the rate of a recording for the engines that need it.</param>
    /// <param name="time">The clock of time limits.</param>
    /// <param name="logger">Where engines tell how they do.</param>
    /// <exception cref="ArgumentException">An option that the engine needs is missing.</exception>
    /// <exception cref="IOException">The key file can't be read.</exception>
    public static Transcriber? Create(SpeechOptions options, WavRateConverter convert, TimeProvider time, ILogger? logger = null) =>
        CreateClient(options, convert) is { } client ? new Transcriber(client, options, time, logger ?? NullLogger.Instance) : null;

    /// <summary>The engine alone, or null for <see cref="SpeechEngineKind.None"/>.</summary>
    /// <inheritdoc cref="Create"/>
    public static ISpeechToTextClient? CreateClient(SpeechOptions options, WavRateConverter convert)
    {
        switch (options.Engine)
        {
            case SpeechEngineKind.Command:
                if (options.Command.Length == 0)
                    throw new ArgumentException("The engine command needs a program", nameof(options));
                if (!options.Arguments.Any(argument => argument.Contains("{input}", StringComparison.Ordinal)))
                    throw new ArgumentException("The arguments of the engine command have no {input}", nameof(options));
                return new CommandSpeechToTextClient(options, convert);
            case SpeechEngineKind.OpenAi:
                return OpenAiClient.Create(options);
            default:
                return null;
        }
    }
}
