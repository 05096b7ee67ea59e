using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using UnifiedMsg.Speech.Transcripts;

namespace UnifiedMsg.Speech.Command;

/// <summary>Any program as an engine: it gets a WAV file and leaves the text on its standard output or in a file.</summary>
internal sealed class CommandSpeechToTextClient(SpeechOptions options, WavRateConverter convert) : ISpeechToTextClient
{
    // What programs append to the name that they are given; the richer ones first.
    private static readonly string[] Endings = ["", ".json", ".vtt", ".srt", ".txt"];

    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? speechOptions = null, CancellationToken cancellationToken = default)
    {
        using var wav = new MemoryStream();
        await audioSpeechStream.CopyToAsync(wav, cancellationToken);
        var rate = speechOptions?.SpeechSampleRate ?? options.SampleRate;
        var name = Path.Combine(options.WorkFolder, $"speech-{Guid.NewGuid():n}");
        var (input, output) = ($"{name}.wav", $"{name}-text");
        try
        {
            await File.WriteAllBytesAsync(input, Convert(wav.ToArray(), rate), cancellationToken);
            var language = speechOptions?.SpeechLanguage ?? options.Language;
            var arguments = options.Arguments.Select(argument => argument
                .Replace("{input}", input, StringComparison.Ordinal)
                .Replace("{output}", output, StringComparison.Ordinal)
                .Replace("{language}", language.Length > 0 ? language : "auto", StringComparison.Ordinal));
            var printed = await EngineProcess.RunAsync(options.Command, arguments, options.MaxOutput, cancellationToken);
            var transcript = TranscriptReader.Read(await LeftInFileAsync(output, cancellationToken) ?? printed, Path.GetFileName(options.Command));
            return new SpeechToTextResponse(transcript.Text) { RawRepresentation = transcript, ModelId = transcript.Engine };
        }
        finally
        {
            File.Delete(input);
            foreach (var ending in Endings)
                File.Delete(output + ending);
        }
    }

    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? speechOptions = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetTextAsync(audioSpeechStream, speechOptions, cancellationToken)).ToSpeechToTextResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private byte[] Convert(byte[] wav, int rate)
    {
        try
        {
            return convert(wav, rate);
        }
        catch (InvalidDataException fault)
        {
            throw new SpeechException($"The recording can't be read: {fault.Message}", retry: false, fault);
        }
    }

    private async Task<string?> LeftInFileAsync(string output, CancellationToken cancellationToken)
    {
        foreach (var file in Endings.Select(ending => new FileInfo(output + ending)).Where(file => file.Exists))
        {
            if (file.Length > options.MaxOutput)
                throw new SpeechException($"{options.Command} wrote more than {options.MaxOutput} bytes", retry: false);
            return await File.ReadAllTextAsync(file.FullName, cancellationToken);
        }
        return null;
    }
}
