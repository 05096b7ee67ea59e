namespace UnifiedMsg.Media.Audio;

/// <summary>A source that can be played from anywhere. Positions are times of its own sound, whatever it is played at.</summary>
public interface ISeekableSource : IAudioSource
{
    /// <summary>How long all of it is.</summary>
    TimeSpan Duration { get; }

    /// <summary>Where the next sample read lies; set to a time before the beginning or behind the end it goes to that.</summary>
    TimeSpan Position { get; set; }
}
