namespace UnifiedMsg.Media.Signals;

/// <summary>A stretch of one tone, or of none.</summary>
internal sealed class ToneSegment(uint bands)
{
    private readonly int[] _heard = new int[32];

    /// <summary>The bands it began with; 0 for a pause.</summary>
    public uint Bands { get; } = bands;

    public bool IsTone => Bands != 0;

    /// <summary>Its length so far, in ms.</summary>
    public int Length => Windows * ToneListener.Hop;

    public int Windows { get; private set; }

    /// <summary>Windows of a pause in which something was heard that is no tone.</summary>
    public int Loud { get; private set; }

    public float Energy { get; private set; }

    public void Add(HeardWindow window, bool loud)
    {
        Windows++;
        Energy += window.Energy;
        Loud += loud ? 1 : 0;
        for (var band = 0; band < _heard.Length && window.Bands >> band != 0; band++)
            _heard[band] += (int)(window.Bands >> band) & 1;
    }

    public void Add(ToneSegment other)
    {
        Windows += other.Windows;
        Energy += other.Energy;
        Loud += other.Loud;
        for (var band = 0; band < _heard.Length; band++)
            _heard[band] += other._heard[band];
    }

    /// <summary>Whether it was this band for nearly all of its time.</summary>
    public bool Is(int band) => _heard[band] * 10 >= Windows * 8;
}

/// <summary>Puts windows together to tones and pauses. Shorter ones than a network makes are drop-outs, or vowels, and do not count.</summary>
internal sealed class ToneSegments
{
    // Longer than the edges of two sounds that follow each other, shorter than the 75 ms of the shortest tone.
    public const int Shortest = 60;

    // More than any pattern has.
    private const int Kept = 16;

    // A pause is silent when it is 6 dB below the tone before it.
    private const float LoudShare = 0.25f;

    private readonly List<ToneSegment> _segments = [new ToneSegment(0)];
    private float _toneEnergy;

    /// <summary>The last is under way.</summary>
    public IReadOnlyList<ToneSegment> All => _segments;

    public ToneSegment Last => _segments[^1];

    public void Add(HeardWindow window)
    {
        var goesOn = Last.IsTone ? (Last.Bands & window.Bands) != 0 : window.Bands == 0;
        if (!goesOn)
            Begin(window.Bands);
        Last.Add(window, window.Bands == 0 && window.Energy > LoudShare * _toneEnergy);
    }

    // Called when the last segment has ended: if it was too short, it goes into those beside it.
    private void Begin(uint bands)
    {
        if (Last.IsTone)
            _toneEnergy = Last.Energy / Last.Windows;
        if (_segments.Count > 1 && Last.Length < Shortest)
        {
            var dropped = Last;
            _segments.RemoveAt(_segments.Count - 1);
            if (Last.IsTone ? (Last.Bands & bands) != 0 : bands == 0)
            {
                Last.Add(dropped);
                return;
            }
        }
        _segments.Add(new ToneSegment(bands));
        if (_segments.Count > Kept)
            _segments.RemoveAt(0);
    }
}
