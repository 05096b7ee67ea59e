using System.Reflection;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Prompts;

/// <summary>The spoken prompts of one language, as they are built into the program. Their texts are in <c>prompts.txt</c> beside them.</summary>
public sealed class PromptSet
{
    private const string Root = "prompts/";
    private readonly Dictionary<string, AudioClip> _clips;

    private PromptSet(string language, Dictionary<string, AudioClip> clips)
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
        _clips.TryGetValue(name, out var clip) ? clip : throw new KeyNotFoundException($"There is no prompt '{name}' in '{Language}'");

    /// <summary>Reads the prompts of a language.</summary>
    /// <exception cref="ArgumentException">There is no such language.</exception>
    public static PromptSet Load(string language = "en")
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"{Root}{language}/";
        var clips = new Dictionary<string, AudioClip>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            clips.Add(Path.GetFileNameWithoutExtension(resource), Read(assembly, resource));
        return clips.Count > 0 ? new PromptSet(language, clips) : throw new ArgumentException($"There are no prompts in '{language}'", nameof(language));
    }

    /// <summary>A number, digit by digit; what is no digit is left out.</summary>
    /// <param name="number">An extension, say.</param>
    public AudioClip SayDigits(string number)
    {
        var digits = number.Where(char.IsAsciiDigit).Select(digit => this[$"digit-{digit}"]).ToList();
        return digits.Count == 0 ? AudioClip.Silence(TimeSpan.Zero) : AudioClip.Join(digits);
    }

    private static AudioClip Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return WavReader.TryRead(file, out var clip, out var error) ? clip : throw new InvalidDataException($"{resource}: {error}");
    }
}
