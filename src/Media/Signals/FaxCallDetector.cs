namespace UnifiedMsg.Media.Signals;

/// <summary>Hears that a fax machine calls: its calling tone (CNG), twice, which takes it four seconds.</summary>
public sealed class FaxCallDetector
{
    /// <summary>How long the tones themselves sound at most until they are recognised: a detector of speech takes them for that.</summary>
    public static readonly TimeSpan Tones = TimeSpan.FromSeconds(1.5);

    private readonly ToneSegments _segments = new();
    private readonly ToneListener _listener;

    /// <summary>A detector for one call.</summary>
    /// <param name="sampleRate">In Hz.</param>
    public FaxCallDetector(int sampleRate) => _listener = new ToneListener([FaxTones.Calling(sampleRate)], sampleRate, Hear);

    /// <summary>True once a fax machine was heard.</summary>
    public bool IsFax { get; private set; }

    /// <summary>Takes the next samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        if (!IsFax)
            _listener.Add(samples);
    }

    private void Hear(HeardWindow window)
    {
        _segments.Add(window);
        IsFax |= FaxTones.IsCalling(_segments.All, 0);
    }
}
