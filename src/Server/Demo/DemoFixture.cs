using System.Reflection;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Server.Demo;

/// <summary>What Bob says, from <c>audio-fixtures</c>.</summary>
internal static class DemoFixture
{
    /// <summary>The spoken message.</summary>
    public static AudioClip Message()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("demo-message.wav")!;
        var octets = new byte[resource.Length];
        resource.ReadExactly(octets);
        return WavReader.TryRead(octets, out var clip, out var error) ? clip : throw new InvalidOperationException($"demo-message.wav: {error}");
    }

    /// <summary>The words of the WebVTT part of a message, or null when it has none.</summary>
    public static string? TranscriptOf(MimeMessage message)
    {
        var part = message.BodyParts.OfType<MimePart>().FirstOrDefault(part => part.ContentType.IsMimeType("text", "vtt"));
        if (part?.Content is null) return null;
        using var octets = new MemoryStream();
        part.Content.DecodeTo(octets);
        var lines = System.Text.Encoding.UTF8.GetString(octets.ToArray()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var words = lines.Where(line => line != "WEBVTT" && !line.Contains("-->", StringComparison.Ordinal) && !line.All(char.IsDigit));
        return string.Join(' ', words) is { Length: > 0 } text ? text : null;
    }
}
