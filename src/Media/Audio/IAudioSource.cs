namespace UnifiedMsg.Media.Audio;

/// <summary>Something that can be played. It is asked for its samples 20 ms at a time, by one thread for all calls: it must answer at once.</summary>
public interface IAudioSource
{
    /// <summary>Samples per second, in Hz.</summary>
    int SampleRate { get; }

    /// <summary>Gives the next samples.</summary>
    /// <returns>How many were written to <paramref name="samples"/>; fewer than it holds means that the end is reached.</returns>
    int Read(Span<short> samples);
}
