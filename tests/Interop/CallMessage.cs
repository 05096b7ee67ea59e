using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Interop;

/// <summary>A message about a call as a mail client sees it, and what it has to be.</summary>
internal sealed class CallMessage(MimeMessage message)
{
    /// <summary>The subject.</summary>
    public string Subject => message.Subject ?? "";

    /// <summary>What kind of call it is about.</summary>
    public string? ContentClass => Header("Content-Class");

    /// <summary>The text.</summary>
    public string Text => message.TextBody ?? "";

    /// <summary>The Call-ID of the call.</summary>
    public string? CallId => Header("X-CallID");

    /// <summary>The transcript with times, or null.</summary>
    public string? Vtt => message.BodyParts.OfType<TextPart>().FirstOrDefault(part => part.ContentType.IsMimeType("text", "vtt"))?.Text;

    /// <summary>The part that has the audio.</summary>
    public MimePart AudioPart => Assert.Single(message.BodyParts.OfType<MimePart>(), part => part.ContentType.IsMimeType("audio", "*"));

    /// <summary>The audio file.</summary>
    public byte[] Recording
    {
        get
        {
            using var content = new MemoryStream();
            AudioPart.Content!.DecodeTo(content);
            return content.ToArray();
        }
    }

    /// <summary>Fails unless it is a voice mail from a number whose audio is what was played: all of it, and nothing else in it.</summary>
    /// <param name="played">What was played, as the codec leaves it: the recording has its rate.</param>
    /// <param name="caller">The number.</param>
    /// <param name="likeness">The least correlation; below 0.9 also for a codec that draws the shape of the waves anew, and then no frame is
    /// looked at by itself.</param>
    /// <param name="longestGap">More than nothing for who speaks by a clock that a busy machine disturbs.</param>
    public void MustBeVoiceMail(AudioClip played, string caller, double likeness = 0.99, TimeSpan longestGap = default)
    {
        Assert.Equal("voice-message", Header("Message-Context"));
        Assert.Equal("voice-ca", Header("Content-Class"));
        Assert.Equal(caller, Header("X-CallingTelephoneNumber"));
        var recorded = Audio();
        Assert.Equal((int)Math.Round(recorded.Duration.TotalSeconds, MidpointRounding.AwayFromZero), int.Parse(Header("X-VoiceMessageDuration") ?? ""));
        var comparison = AudioComparison.Compare(played, recorded);
        Assert.Equal(played.SampleRate, recorded.SampleRate);
        Assert.True(comparison.Correlation >= likeness, comparison.ToString());
        Assert.True(comparison.LongestGap <= longestGap || likeness < 0.9, comparison.ToString());
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
