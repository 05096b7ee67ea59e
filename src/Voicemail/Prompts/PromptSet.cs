using System.Reflection;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Prompts;

/// <summary>The spoken prompts of one language, as they are built into the program. Their texts are in <c>prompts.txt</c> beside them.</summary>
public sealed class PromptSet
{
    private const string Root = "prompts/";
    private readonly Dictionary<string, Lazy<AudioClip>> _clips;

    private PromptSet(string language, Dictionary<string, Lazy<AudioClip>> clips)
    {
        Language = language;
        _clips = clips;
    }

    /// <summary>The language as it is tagged, such as <c>en</c>.</summary>
    public string Language { get; }

    /// <summary>The names of all prompts.</summary>
    public IReadOnlyCollection<string> Names => _clips.Keys;

    /// <summary>A prompt by its name, such as <c>greeting-default</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public AudioClip this[string name] =>
        _clips.TryGetValue(name, out var clip) ? clip.Value : throw new KeyNotFoundException($"There is no prompt '{name}' in '{Language}'");

    /// <summary>Finds the prompts of a language; each is read when it is first played.</summary>
    /// <param name="language">As it is tagged.</param>
    /// <param name="loudness">To what they are brought; null leaves them as they are.</param>
    /// <exception cref="ArgumentException">There is no such language.</exception>
    public static PromptSet Load(string language = "en", LevellingTarget? loudness = null)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"{Root}{language}/";
        var clips = new Dictionary<string, Lazy<AudioClip>>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            clips.Add(Path.GetFileNameWithoutExtension(resource), new Lazy<AudioClip>(() => Read(assembly, resource, loudness)));
        return clips.Count > 0 ? new PromptSet(language, clips) : throw new ArgumentException($"There are no prompts in '{language}'", nameof(language));
    }

    /// <summary>A number, digit by digit; what is no digit is left out.</summary>
    /// <param name="number">An extension, say.</param>
    public AudioClip SayDigits(string number)
    {
        var digits = number.Where(char.IsAsciiDigit).Select(digit => this[$"digit-{digit}"]).ToList();
        return digits.Count == 0 ? AudioClip.Silence(TimeSpan.Zero) : AudioClip.Join(digits);
    }

    private static AudioClip Read(Assembly assembly, string resource, LevellingTarget? loudness)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        if (!WavReader.TryRead(file, out var clip, out var error)) throw new InvalidDataException($"{resource}: {error}");
        return loudness is null ? clip : clip.Level(loudness);
    }
}
