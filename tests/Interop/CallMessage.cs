using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Interop;

/// <summary>A message about a call as a mail client sees it, and what it has to be.</summary>
internal sealed class CallMessage(MimeMessage message)
{
    /// <summary>The subject.</summary>
    public string Subject => message.Subject ?? "";

    /// <summary>The text.</summary>
    public string Text => message.TextBody ?? "";

    /// <summary>The transcript with times, or null.</summary>
    public string? Vtt => message.BodyParts.OfType<TextPart>().FirstOrDefault(part => part.ContentType.IsMimeType("text", "vtt"))?.Text;

    /// <summary>The WAV file.</summary>
    public byte[] Recording
    {
        get
        {
            var part = Assert.Single(message.BodyParts.OfType<MimePart>(), part => part.ContentType.IsMimeType("audio", "*"));
            using var content = new MemoryStream();
            part.Content!.DecodeTo(content);
            return content.ToArray();
        }
    }

    /// <summary>Fails unless it is a voice mail from a number whose audio is what was played: all of it, and nothing else in it.</summary>
    /// <param name="played">What was said.</param>
    /// <param name="caller">The number.</param>
    /// <param name="leastCorrelation">Less than nearly all for who changes the sound on its way.</param>
    /// <param name="longestGap">More than nothing for who speaks by a clock that a busy machine disturbs.</param>
    public void MustBeVoiceMail(AudioClip played, string caller, double leastCorrelation = 0.99, TimeSpan longestGap = default)
    {
        Assert.Equal("voice-message", Header("Message-Context"));
        Assert.Equal("voice-ca", Header("Content-Class"));
        Assert.Equal(caller, Header("X-CallingTelephoneNumber"));
        var recorded = Audio();
        Assert.Equal((int)Math.Round(recorded.Duration.TotalSeconds, MidpointRounding.AwayFromZero), int.Parse(Header("X-VoiceMessageDuration") ?? ""));
        var comparison = AudioComparison.Compare(played, recorded);
        Assert.True(comparison.Correlation >= leastCorrelation, comparison.ToString());
        Assert.True(comparison.LongestGap <= longestGap, comparison.ToString());
        Assert.True(comparison.LostAtHead <= TimeSpan.FromMilliseconds(200), comparison.ToString());
        Assert.True(comparison.LostAtTail <= TimeSpan.FromMilliseconds(200), comparison.ToString());
    }

    /// <summary>Fails unless it is the notice of a missed call from a number.</summary>
    public void MustBeMissedCall(string caller)
    {
        Assert.Equal("missedcall", Header("Content-Class"));
        Assert.Equal(caller, Header("X-CallingTelephoneNumber"));
        Assert.DoesNotContain(message.BodyParts, part => part.ContentType.IsMimeType("audio", "*"));
    }

    // MimeKit counts the headers whose names begin with Content- as those of the body.
    private string? Header(string name) => message.Headers[name] ?? message.Body?.Headers[name];

    private AudioClip Audio()
    {
        Assert.True(WavReader.TryRead(Recording, out var clip, out var error), error);
        return clip;
    }
}
